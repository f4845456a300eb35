package io.tidemark.dump.chunk;

/**
 * Which server a session has reached. Two sessions opened with one URL that live at the same time
 * and differ here have a load balancer before them.
 *
 * @param address the server's own address and port; empty on a Unix-domain socket
 * @param startedMicros when its postmaster started, microseconds since 1970
 * @param serverVersion as in {@code server_version_num}
 */
public record ServerIdentity(String address, long startedMicros, int serverVersion) {}
