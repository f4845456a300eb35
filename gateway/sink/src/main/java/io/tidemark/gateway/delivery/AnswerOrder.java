package io.tidemark.gateway.delivery;

/** In which order a consumer answers what it got. */
public enum AnswerOrder {
  /** In any: it may work on several messages at a time, and gives back each on its own. */
  ANY,

  /** In the order in which they came: it gives back with a message all that it got after it. */
  ARRIVAL
}
