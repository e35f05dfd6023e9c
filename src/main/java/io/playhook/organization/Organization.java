package io.playhook.organization;

import java.time.Instant;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** Whose players they are; may stand inside a parent organization, as a folder in a folder. */
@Entity
@Table(name = "organizations")
public class Organization {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Integer id;

    String name;

    @Column(name = "parent_id")
    Integer parentId;

    /** Those above it, the nearest first; found by the database. */
    @JdbcTypeCode(SqlTypes.ARRAY)
    @Column(insertable = false, updatable = false)
    Integer[] ancestors;

    @Column(name = "created_at")
    Instant createdAt;

    /** Null while it is there. */
    @Column(name = "deleted_at", insertable = false, updatable = false)
    Instant deletedAt;

    protected Organization() {}

    Organization(String name, Integer parentId, Instant createdAt) {
        this.name = name;
        this.parentId = parentId;
        this.createdAt = createdAt;
    }
}
