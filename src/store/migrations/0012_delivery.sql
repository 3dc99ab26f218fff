-- Receivers outside, and how far each has got. feeds: bits 1 events, 2 activity audits, 4 authorisation requests. The JSON texts:
-- feeds_json and filter as answers show them; settings all that is set, shown what of it is no secret.
-- refused: the receiver will not have us as we are set up. A server that sends holds the lease; attempts: failures in a row.
CREATE TABLE delivery_target (
    id ctext PRIMARY KEY,
    name ctext NOT NULL,
    name_key ctext NOT NULL UNIQUE,
    kind ctext NOT NULL,
    format ctext NOT NULL,
    enabled BIGINT NOT NULL,
    feeds BIGINT NOT NULL,
    feeds_json ctext NOT NULL,
    filter ctext,
    settings ctext NOT NULL,
    shown ctext NOT NULL,
    created BIGINT NOT NULL,
    last_modified BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_try BIGINT NOT NULL,
    last_error ctext,
    last_delivered BIGINT,
    delivered BIGINT NOT NULL,
    lease_owner ctext,
    lease_until BIGINT NOT NULL
);

-- Items up to and with `position` are safely with the receiver, or are dead letters, or the filter left them out.
-- item_time: when the last of them happened. behind: more waited when last looked.
CREATE TABLE delivery_position (
    target_id ctext NOT NULL REFERENCES delivery_target (id) ON DELETE CASCADE,
    feed BIGINT NOT NULL,
    position BIGINT NOT NULL,
    item_time BIGINT,
    behind BIGINT NOT NULL,
    PRIMARY KEY (target_id, feed)
);

-- What a receiver would not take, until somebody sends it again or drops it.
CREATE TABLE delivery_dead (
    target_id ctext NOT NULL REFERENCES delivery_target (id) ON DELETE CASCADE,
    feed BIGINT NOT NULL,
    position BIGINT NOT NULL,
    item_id ctext NOT NULL,
    computer_id ctext NOT NULL,
    item_time BIGINT NOT NULL,
    document ctext NOT NULL,
    reason ctext NOT NULL,
    died BIGINT NOT NULL,
    replay BIGINT NOT NULL,
    PRIMARY KEY (target_id, feed, item_id)
);
CREATE INDEX delivery_dead_replay ON delivery_dead (target_id, feed, position) WHERE replay = 1;
