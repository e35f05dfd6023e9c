package io.playhook.dev;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.arc.profile.IfBuildProfile;

import io.playhook.page.OpenDoor;

/** Has the page open as the demo organization. */
@ApplicationScoped
@IfBuildProfile("dev")
class DemoDoor implements OpenDoor {

    @Override
    public String token() {
        return Demo.TOKEN;
    }

    @Override
    public String publishPath() {
        return "/demo/publish";
    }
}
