package io.playhook.delivery.lane;

import java.time.Duration;

import io.playhook.delivery.Delivery;

/** What a lane asks of, and tells to, those who keep all lanes. */
interface LaneReports {

    /** How many bytes of payload this pod may take on, beside what each lane is guaranteed. */
    long roomInBytes();

    /** Whether so few attempts are under way in all that a lane may make more than one at once. */
    boolean mayBeginMore();

    /** Whether this pod is about to stop, and begins nothing new. */
    boolean isDraining();

    /** The lane begins with a delivery; {@link #ended} follows. */
    void begun();

    /** The lane has done with all that an attempt brought about. */
    void ended();

    /** The lane holds a delivery no longer. */
    void released(Delivery delivery, Lane lane);

    /** A delivery of the lane is in the queue again, due. */
    void givenBack(Lane lane);

    /** Something in the queue comes due after so long. */
    void dueIn(Duration delay);

    /** A delivery is left to its lease, for a reason that is not the receiver's doing. */
    void faulted(Delivery delivery, Throwable fault);
}
