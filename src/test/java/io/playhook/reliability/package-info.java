/**
 * What is promised for when things go wrong, put to the test under load: pods and databases that are killed, receivers that
 * hang. The integration tests here run in a short form with every build, and in a long one with
 * {@code ./mvnw -Preliability verify}, which writes its figures to {@code target/reliability.md}.
 */
package io.playhook.reliability;
