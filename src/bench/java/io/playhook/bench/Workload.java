package io.playhook.bench;

/** What is done to the service. */
enum Workload {
    W1("single publishes, fan-out 1", 10, 1, 1),
    W2("single publishes, fan-out 10", 1, 10, 1),
    W3("batches of 100, fan-out 1", 10, 1, 100),
    W4("single publishes at half of W1's pace", 10, 1, 1);

    /** In words. */
    final String description;

    /** How many organizations publish, in turn. */
    final int organizations;

    /** How many webhooks get each event. */
    final int fanOut;

    /** How many events one request holds. */
    final int batch;

    Workload(String description, int organizations, int fanOut, int batch) {
        this.description = description;
        this.organizations = organizations;
        this.fanOut = fanOut;
        this.batch = batch;
    }
}
