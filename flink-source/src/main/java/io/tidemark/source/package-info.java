/**
 * Captures PostgreSQL into Flink. This is what a job of one's own is written with:
 *
 * <pre>{@code
 * StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
 * env.enableCheckpointing(10_000);
 * PostgresCapture capture = PostgresCapture.builder()
 *     .url("jdbc:postgresql://primary/shop").user("tidemark")
 *     .password(Password.fromEnvironment("PGPASSWORD"))
 *     .replica("jdbc:postgresql://standby/shop")
 *     .tables("public.*")
 *     .build();
 * capture.from(env).map(Change::toJson).print();
 * env.execute("shop");
 * }</pre>
 *
 * <p>To configure a capture and to add it to a job:
 *
 * <ul>
 *   <li>{@link PostgresCapture} is one; its builder checks what it is given as a whole.
 *   <li>{@link CaptureOptions} has every setting, by the key that files and the command line have
 *       for it, too; {@code docs/configuration.md} lists them.
 *   <li>{@link StartMode} says what a fresh start emits: a dump, the stream, or both.
 *   <li>{@link Password} says where a password comes from, {@link Endpoint} how to reach one server
 *       that is not like the others.
 *   <li>{@link SettingsException} lists everything that is wrong with a configuration; {@link
 *       PreflightException} what a database lacks, and fails the job when it starts.
 * </ul>
 *
 * <p>What comes out:
 *
 * <ul>
 *   <li>{@link Change} is one thing that happened: a {@link RowChange}, which decodes a row's
 *       columns by name; a {@link Truncate}; a {@link LogicalMessage}; a {@link DumpEnd}, behind
 *       all rows of a dump; a {@link SchemaChange}, before the first row of a table and wherever
 *       its columns, its key or its name change; a {@link Ddl} statement, where the database has
 *       the extension that tells them; and with one lane the {@link Begin} and the {@link Commit}
 *       of a transaction. {@link Op} tells a row that a dump read from an insert, an update and a
 *       delete, {@link Position} is a place in the stream.
 *   <li>{@link ChangeVisitor} has a method for each kind; {@link TableSchema} says what a table's
 *       columns are.
 *   <li>{@link ChangeTypeInfo} tells Flink how to serialize changes, wherever a program makes
 *       streams of them or keeps them in state by itself.
 * </ul>
 *
 * <p>To steer it: {@link DumpRequests} is a port for dumps on demand, made of {@link DumpRequest},
 * and for pauses.
 *
 * <p>Of the packages below this one, {@code settings} is for those who write job templates; all
 * others are not API.
 */
package io.tidemark.source;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.PreflightException;
import io.tidemark.source.settings.SettingsException;
