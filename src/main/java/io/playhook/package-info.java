/**
 * Playhook pushes every player event to every webhook that subscribed to it: at least once, signed, retried over days,
 * each receiver kept apart behind its own circuit breaker.
 *
 * <p>The words: an <em>organization</em> owns players; an <em>auth token</em> speaks for one organization; a
 * <em>webhook</em> is a target URL, a security key and the events it subscribes to; a <em>player event</em> says that
 * something happened to a player; a <em>delivery</em> is one event on its way to one webhook; an <em>attempt</em> is one
 * HTTP request made for a delivery.
 *
 * <p>The packages, each importing only those to its right:
 * {@code observability → event → delivery → webhook → egress → organization → platform}. On top, imported by nobody, are
 * {@code history}, which shows what became of events and deliveries, and {@code sample}, which tries a webhook out. {@code
 * retention} looks after the tables' partitions and knows only {@code platform}; {@code client} is a typed client of the API for those outside;
 * {@code dev} is dev mode alone; {@code configuration} is how the environment's values come in, before anything else is
 * there.
 *
 * <p>Two walks show the whole. Register: {@code webhook.WebhookResource → WebhookApi → WebhookService → egress.UrlCheck →
 * WebhookRepository}. Deliver: {@code event.PublishRoute → EventService → Acceptor → EventStore} commits the event with its
 * deliveries, then {@code delivery.DeliveryWorker → Lane → DeliveryPipeline → WebhookSender → egress.EgressClient} sends
 * them, {@code RetrySchedule} says what follows, and {@code AttemptRecorder → DeliveryQueue} writes it down.
 */
package io.playhook;
