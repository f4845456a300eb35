/**
 * What enumerator and readers tell each other. Any of it can be lost when one side restarts, so all
 * of it is either repeated or a whole picture that replaces the last one.
 */
package io.tidemark.source.event;
