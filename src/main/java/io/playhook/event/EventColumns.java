package io.playhook.event;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.organization.TokenHash;

/** Publications, and what is offered to lease of them, as the parameters of {@link EventStore#ACCEPT}. */
final class EventColumns {

    private EventColumns() {}

    static Tuple of(List<Publication> publications, LeaseOffer lease) {
        int n = 0;
        for (Publication publication : publications) {
            n += publication.events().size();
        }
        UUID[] ids = new UUID[n];
        Integer[] organizations = new Integer[n];
        String[] types = new String[n];
        String[] playerUuids = new String[n];
        String[] players = new String[n];
        OffsetDateTime[] occurredAt = new OffsetDateTime[n];
        String[] traceParents = new String[n];
        Integer[] places = new Integer[n];
        String[] keys = new String[n];
        Buffer[] fingerprints = new Buffer[n];
        Integer[] tokens = new Integer[n];
        Map<Integer, Integer> counts = new HashMap<>();
        Tokens shown = new Tokens();
        List<Integer> below = new ArrayList<>();
        List<Integer> above = new ArrayList<>();
        Set<Integer> inFolders = new HashSet<>();
        int i = 0;
        for (Publication publication : publications) {
            Integer token = shown.numberOf(publication);
            if (!publication.ancestors().isEmpty() && inFolders.add(publication.organizationId())) {
                publication.ancestors().forEach(ancestor -> {
                    below.add(publication.organizationId());
                    above.add(ancestor);
                });
            }
            for (PlayerEvent event : publication.events()) {
                ids[i] = event.id();
                organizations[i] = event.organizationId();
                types[i] = event.type();
                playerUuids[i] = event.playerUuid();
                players[i] = event.player();
                occurredAt[i] = event.occurredAt().atOffset(ZoneOffset.UTC);
                traceParents[i] = event.traceParent();
                // Behind all that fit where no lease is offered.
                places[i] = lease.organizations().contains(event.organizationId())
                        ? counts.merge(publication.root(), 1, Integer::sum)
                        : Integer.valueOf(Integer.MAX_VALUE);
                keys[i] = publication.key().map(RequestKey::key).orElse(null);
                fingerprints[i] = publication
                        .key()
                        .map(key -> Buffer.buffer(key.fingerprint()))
                        .orElse(null);
                tokens[i] = token;
                i++;
            }
        }
        return Tuple.tuple()
                .addValue(ids)
                .addValue(organizations)
                .addValue(types)
                .addValue(playerUuids)
                .addValue(players)
                .addValue(occurredAt)
                .addValue(traceParents)
                .addValue(lease.pod())
                .addValue(lease.millis())
                .addValue(lease.narrower().keySet().toArray(Integer[]::new))
                .addValue(lease.narrower().values().toArray(Integer[]::new))
                .addValue(lease.slotsOfEach())
                .addValue(lease.slots())
                .addValue(places)
                .addValue(keys)
                .addValue(fingerprints)
                .addValue(tokens)
                .addValue(shown.hashes())
                .addValue(shown.organizations())
                .addValue(below.toArray(Integer[]::new))
                .addValue(above.toArray(Integer[]::new));
    }

    /** The tokens that are shown, each once, numbered from 1. */
    private static final class Tokens {

        private final Map<TokenHash, Integer> numbers = new LinkedHashMap<>();
        private final List<Integer> organizationIds = new ArrayList<>();

        Integer numberOf(Publication publication) {
            return numbers.computeIfAbsent(publication.token(), added -> {
                organizationIds.add(publication.organizationId());
                return organizationIds.size();
            });
        }

        Buffer[] hashes() {
            return numbers.keySet().stream()
                    .map(token -> Buffer.buffer(token.bytes()))
                    .toArray(Buffer[]::new);
        }

        Integer[] organizations() {
            return organizationIds.toArray(Integer[]::new);
        }
    }
}
