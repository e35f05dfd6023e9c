package io.playhook.egress;

import io.smallrye.mutiny.Uni;

@jakarta.enterprise.context.ApplicationScoped
public class EgressClient {
    final io.vertx.core.http.HttpClient c;

    EgressClient(io.vertx.core.Vertx v) {
        c = v.createHttpClient(new io.vertx.core.http.HttpClientOptions().setMaxPoolSize(1000));
    }

    public Uni<EgressResult> send(EgressRequest r) {
        return Uni.createFrom()
                .<EgressResult>emitter(e -> c.request(new io.vertx.core.http.RequestOptions()
                                .setAbsoluteURI(r.url().toString())
                                .setMethod(io.vertx.core.http.HttpMethod.POST)
                                .setHeaders(r.headers())
                                .setTimeout(r.deadline().toMillis()))
                        .compose(q -> q.send(r.body()))
                        .compose(s -> s.body().map(b -> (EgressResult)
                                new EgressResult.Response(s.statusCode(), s.headers(), b.getBytes(), false)))
                        .onSuccess(e::complete)
                        .onFailure(f -> e.complete(new EgressResult.Unreachable(String.valueOf(f.getMessage())))));
    }
}
