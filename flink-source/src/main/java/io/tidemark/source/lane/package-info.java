/** What travels in band from the source to the lanes of the merge. Not API. */
package io.tidemark.source.lane;
