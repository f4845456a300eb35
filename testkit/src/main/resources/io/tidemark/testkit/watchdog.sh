# $0 is the directory to watch over. Standard input ends when the JVM that holds the pipe ends.
trap '' INT HUP TERM QUIT
cd /
while read -r _; do :; done

# A process id may have been given to another process since: ours name the directory.
is_ours() {
  { ps -ww -o args= -p "$1" || tr '\0' ' ' < "/proc/$1/cmdline"; } 2> /dev/null | grep -qF "$0"
}

# Round by round, for something that was just starting may still write into the directory.
round=0
while [ -e "$0" ] && [ "$round" -lt 100 ]; do
  left=no
  for file in "$0"/*/*.pid; do
    pid=$(head -n 1 "$file" 2> /dev/null)
    case $pid in '' | *[!0-9]*) continue ;; esac
    is_ours "$pid" || continue
    left=yes
    # SIGQUIT ends a postmaster and its children; killing it would leave them to notice.
    case $file in
      */postmaster.pid) [ "$round" -lt 50 ] && signal=QUIT || signal=KILL ;;
      *) signal=KILL ;;
    esac
    kill "-$signal" "$pid" 2> /dev/null
  done
  [ "$left" = yes ] || rm -rf "$0"
  sleep 0.05
  round=$((round + 1))
done
