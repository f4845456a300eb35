/** The TaskManager's side: emits the stream with its marks, and reads chunks for the dump. */
package io.tidemark.source.reader;
