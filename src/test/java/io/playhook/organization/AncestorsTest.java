package io.playhook.organization;

import java.util.Map;

import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Sql;

import static org.assertj.core.api.Assertions.assertThat;

/** The database finds what lies above an organization, whoever inserts it, and of those that were there before it knew how. */
class AncestorsTest {

    @Test
    void ofThoseThatWereThereBeforeAndOfThoseThatAreMadeByTheVersionBefore() throws Exception {
        Map<String, String> configuration = PlayhookDatabase.embedded();
        Sql.migrate(configuration, "10");
        try (Sql sql = Sql.on(configuration)) {
            sql.run(
                    "insert into organizations (id, name, parent_id, created_at) values"
                            + " (1, 'top', null, now()), (2, 'middle', 1, now()), (3, 'bottom', 2, now()), (4, 'beside', 1, now())");
            Sql.migrate(configuration, "latest");
            sql.run(
                    "insert into organizations (id, name, parent_id, created_at) values (5, 'new', 3, now())",
                    "insert into organizations (id, name, created_at) values (6, 'another', now())");

            assertThat(sql.all("select ancestors::text from organizations order by id"))
                    .containsExactly("{}", "{1}", "{2,1}", "{1}", "{3,2,1}", "{}");
            assertThat(sql.all("select organization_id || ' ' || descendant_id from descendants order by 1"))
                    .containsExactly("1 2", "1 3", "1 4", "1 5", "2 3", "2 5", "3 5");
        }
    }
}
