package io.playhook.platform.http;

import java.util.List;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.RoutingContext;

import io.playhook.platform.problem.Problem;
import io.playhook.platform.problem.ProblemWriter;
import io.playhook.platform.table.TableFormat;

/**
 * A table is for whoever asks for one. To JAX-RS all that a list can be is equally good for who takes anything, and for who takes
 * nothing of it: so the former are made to say that they get JSON, and the latter are refused here.
 */
@ApplicationScoped
class AcceptJson {

    /** Before what routes by it. */
    private static final int PRIORITY = 500;

    private static final String API = "/v1/";
    private static final String ANY = "*";
    private static final String JSON = "application/json";
    private static final List<String> TABLES = List.of(TableFormat.CSV_TYPE, TableFormat.XLSX_TYPE);

    /** What is streamed is no JSON; it judges by itself. */
    private static final String STREAM = "/stream";

    private final ProblemWriter writer;

    AcceptJson(ProblemWriter writer) {
        this.writer = writer;
    }

    void register(@Observes Filters filters) {
        filters.register(this::settle, PRIORITY);
    }

    private void settle(RoutingContext context) {
        String path = context.request().path();
        if (context.request().method() != HttpMethod.GET || !path.startsWith(API) || path.endsWith(STREAM)) {
            context.next();
            return;
        }
        String best = best(context);
        if (best == null) {
            context.request().resume();
            writer.answer(context, Problem.wrongAccept());
            return;
        }
        if (best.equals(JSON)) {
            context.request().headers().set(HttpHeaders.ACCEPT, JSON);
        }
        context.next();
    }

    /** What the request is answered in at best; null if in nothing. */
    private static String best(RoutingContext context) {
        if (!context.request().headers().contains(HttpHeaders.ACCEPT)) {
            return JSON;
        }
        try {
            for (MIMEHeader accepted : context.parsedHeaders().accept()) {
                // What it is made of is read when its weight is first asked for.
                if (accepted.weight() > 0 && takes(accepted, JSON)) {
                    return JSON;
                }
                for (String table : TABLES) {
                    if (accepted.weight() > 0 && takes(accepted, table)) {
                        return table;
                    }
                }
            }
        } catch (RuntimeException notWellFormed) {
            // The router's parser breaks in several ways.
            return null;
        }
        return null;
    }

    private static boolean takes(MIMEHeader accepted, String type) {
        int slash = type.indexOf('/');
        return matches(accepted.component(), type.substring(0, slash))
                && matches(accepted.subComponent(), type.substring(slash + 1));
    }

    private static boolean matches(String accepted, String part) {
        return ANY.equals(accepted) || part.equalsIgnoreCase(accepted);
    }
}
