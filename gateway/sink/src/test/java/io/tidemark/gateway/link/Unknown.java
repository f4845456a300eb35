package io.tidemark.gateway.link;

import com.google.protobuf.UnknownFieldSet;

/** What a newer server says, and this version does not know. */
final class Unknown {
  static final int NUMBER = 4711;

  static final UnknownFieldSet FIELD =
      UnknownFieldSet.newBuilder()
          .addField(NUMBER, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
          .build();

  private Unknown() {}
}
