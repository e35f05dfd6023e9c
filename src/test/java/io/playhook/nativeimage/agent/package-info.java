/**
 * A Java agent that tells what a running service loads by name: what the native image can't see, and needs to be told.
 * GraalVM has such an agent; this one needs no GraalVM.
 */
package io.playhook.nativeimage.agent;
