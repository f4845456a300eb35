package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PortLimitsTest {
  private long now = Long.MAX_VALUE - 5;

  private final PortLimits limits = new PortLimits(new ListenOptions.Limits(2, 4, 1), () -> now);

  private void passMillis(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** How a call on a connection ends that a service would end well. */
  private Status call(Attributes connection) {
    Call call = new Call(connection);
    limits.interceptCall(
        call,
        new Metadata(),
        (begun, headers) -> {
          begun.close(Status.OK, headers);
          return new ServerCall.Listener<>() {};
        });
    return call.end;
  }

  private void assertServed(int calls, Attributes connection) {
    for (int i = 0; i < calls; i++) {
      assertThat(call(connection)).isEqualTo(Status.OK);
    }
    Status refused = call(connection);
    assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refused.getDescription()).isEqualTo("more than 4 calls a second on one connection");
  }

  private static final class Call extends ServerCall<HealthCheckRequest, HealthCheckResponse> {
    private final Attributes connection;
    private Status end;

    Call(Attributes connection) {
      this.connection = connection;
    }

    @Override
    public Attributes getAttributes() {
      return connection;
    }

    @Override
    public void close(Status status, Metadata trailers) {
      end = status;
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(HealthCheckResponse message) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<HealthCheckRequest, HealthCheckResponse> getMethodDescriptor() {
      return HealthGrpc.getCheckMethod();
    }
  }

  @Test
  void aSecondsCallsMayComeAtOnceAndThenAsTimeGoesBy() {
    Attributes connection = limits.transportReady(Attributes.EMPTY);
    assertServed(4, connection);
    passMillis(249);
    assertServed(0, connection);
    passMillis(1);
    assertServed(1, connection);
    passMillis(500);
    assertServed(2, connection);
    passMillis(1_000_000);
    assertServed(4, connection);
  }

  @Test
  void connectionsDoNotShareTheirCalls() {
    Attributes one = limits.transportReady(Attributes.EMPTY);
    Attributes other = limits.transportReady(Attributes.EMPTY);
    assertServed(4, one);
    assertServed(4, other);
  }

  @Test
  void aConnectionTooManyIsRefusedUntilAnotherOneGoes() {
    Attributes one = limits.transportReady(Attributes.EMPTY);
    Attributes two = limits.transportReady(Attributes.EMPTY);
    Attributes three = limits.transportReady(Attributes.EMPTY);
    assertThat(call(two)).isEqualTo(Status.OK);
    assertThat(call(three).getDescription())
        .isEqualTo("this port has 2 connections: it serves no more");
    limits.transportTerminated(three);
    limits.transportTerminated(null);
    assertThat(call(limits.transportReady(Attributes.EMPTY)).isOk()).isFalse();
    limits.transportTerminated(one);
    assertThat(call(limits.transportReady(Attributes.EMPTY)).isOk()).isTrue();
    assertThat(call(limits.transportReady(Attributes.EMPTY)).isOk()).isFalse();
  }
}
