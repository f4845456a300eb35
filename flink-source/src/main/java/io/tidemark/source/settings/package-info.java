/**
 * How settings are read: values of Flink's options, with everything that is wrong with them told at
 * once. For those who write job templates; an embedder's own code needs none of it.
 */
package io.tidemark.source.settings;
