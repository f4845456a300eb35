package io.tidemark.gateway.client;

import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What a {@link Consumption} works with.
 *
 * @param mailbox runs tasks on the consumption's thread, in order, followed by its {@code advance}
 * @param clock nanoseconds, from 0 or so
 */
record ConsumptionParts(
    EventStream.Connector connector,
    Dispatcher dispatcher,
    Executor mailbox,
    LongSupplier clock,
    RandomGenerator random) {}
