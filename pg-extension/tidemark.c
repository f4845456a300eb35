/*
 * The exact text of the running DDL statement, for the event triggers of the extension tidemark.
 *
 * Preloaded (session_preload_libraries), a hook notes where in its string each utility statement
 * stands while it runs. tidemark.running_statement() tells the text of the innermost one, or NULL
 * where nothing is noted: before the library was loaded, or in another kind of statement.
 */
#include "postgres.h"

#include "commands/extension.h"
#include "fmgr.h"
#include "nodes/plannodes.h"
#include "tcop/utility.h"
#include "utils/builtins.h"

PG_MODULE_MAGIC;

/* A statement's place in the string that it was sent in. */
typedef struct Statement
{
	const char *query;
	int			location;
	int			length;
} Statement;

static ProcessUtility_hook_type next_hook = NULL;
static const Statement *running = NULL;

void		_PG_init(void);

PG_FUNCTION_INFO_V1(tidemark_running_statement);

static void
process_utility(PlannedStmt *statement, const char *query, bool read_only_tree,
				ProcessUtilityContext context, ParamListInfo parameters,
				QueryEnvironment *environment, DestReceiver *receiver,
				QueryCompletion *completion)
{
	const Statement *outer = running;
	Statement	inner;

	/*
	 * A part of a statement, such as a table of CREATE SCHEMA, and what an extension's script does
	 * belong to the statement around them.
	 */
	if (context != PROCESS_UTILITY_SUBCOMMAND && !creating_extension)
	{
		inner.query = query;
		/* -1: not known, which is so only where it is the whole string; length 0: to its end. */
		inner.location = statement->stmt_location < 0 ? 0 : statement->stmt_location;
		inner.length = statement->stmt_location < 0 ? 0 : statement->stmt_len;
		running = &inner;
	}
	PG_TRY();
	{
		if (next_hook)
			next_hook(statement, query, read_only_tree, context, parameters, environment,
					  receiver, completion);
		else
			standard_ProcessUtility(statement, query, read_only_tree, context, parameters,
									environment, receiver, completion);
	}
	PG_FINALLY();
	{
		running = outer;
	}
	PG_END_TRY();
}

Datum
tidemark_running_statement(PG_FUNCTION_ARGS)
{
	const char *start;

	if (running == NULL || running->query == NULL)
		PG_RETURN_NULL();
	start = running->query + running->location;
	PG_RETURN_TEXT_P(cstring_to_text_with_len(
											  start,
											  running->length > 0 ? running->length : (int) strlen(start)));
}

void
_PG_init(void)
{
	next_hook = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}
