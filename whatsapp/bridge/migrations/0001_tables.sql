-- Sequences of the whole bridge: neither number ever comes again, not even for a session made anew under its old name.
CREATE SEQUENCE bridge.wa_event_seq;
CREATE SEQUENCE bridge.wa_epoch_seq;

CREATE TABLE bridge.wa_session (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9_]{3,64}$'),
    desired_state text NOT NULL CHECK (desired_state IN ('running', 'stopped')),
    status text NOT NULL DEFAULT 'STOPPED'
        CHECK (status IN ('STOPPED', 'STARTING', 'SCAN_QR_CODE', 'WORKING', 'FAILED')),
    reason text,
    hook_url text NOT NULL,
    config jsonb NOT NULL,
    me bytea,                      -- sealed: the account's own number and name
    restriction jsonb,
    epoch bigint NOT NULL DEFAULT 0,
    paired_at timestamptz,
    last_event_at timestamptz,
    last_inbound_at timestamptz,
    last_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bridge.wa_lease (
    session text PRIMARY KEY REFERENCES bridge.wa_session ON DELETE CASCADE,
    worker text NOT NULL,
    fencing bigint NOT NULL,
    expires timestamptz NOT NULL
);

CREATE TABLE bridge.wa_auth (
    session text NOT NULL REFERENCES bridge.wa_session ON DELETE CASCADE,
    type text NOT NULL,
    key_id text NOT NULL,
    value bytea NOT NULL,          -- sealed
    PRIMARY KEY (session, type, key_id)
);

-- What the network brought and the product has not confirmed yet; kept for a while afterwards, to be asked for again.
CREATE TABLE bridge.wa_inbox_event (
    session text NOT NULL REFERENCES bridge.wa_session ON DELETE CASCADE,
    seq bigint NOT NULL,
    event_id text NOT NULL UNIQUE,
    event text NOT NULL,
    epoch bigint NOT NULL,
    message_id text,
    created_at timestamptz NOT NULL,
    body bytea NOT NULL,           -- sealed: {"me", "payload"}
    pending bytea,                 -- sealed: the message whose media is still to be fetched; the event waits for it
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    delivered_at timestamptz,
    dead_at timestamptz,           -- given up; never forgotten silently
    dead_reason text,
    superseded boolean NOT NULL DEFAULT false,
    PRIMARY KEY (session, seq)
);
CREATE INDEX wa_inbox_event_waiting ON bridge.wa_inbox_event (session, seq)
    WHERE delivered_at IS NULL AND dead_at IS NULL AND NOT superseded;
CREATE INDEX wa_inbox_event_message ON bridge.wa_inbox_event (session, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX wa_inbox_event_age ON bridge.wa_inbox_event (created_at);

-- Which messages have had their effect. `stub`: announced, but not readable so far.
CREATE TABLE bridge.wa_seen (
    session text NOT NULL REFERENCES bridge.wa_session ON DELETE CASCADE,
    chat text NOT NULL,
    message_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('stub', 'told', 'done')),
    stub bytea,                    -- sealed: what is told should the content never come
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (session, chat, message_id)
);
CREATE INDEX wa_seen_stub ON bridge.wa_seen (session, seen_at) WHERE state = 'stub';
CREATE INDEX wa_seen_age ON bridge.wa_seen (seen_at);

-- The chats that exist: the only ones the bridge writes into.
CREATE TABLE bridge.wa_chat (
    session text NOT NULL REFERENCES bridge.wa_session ON DELETE CASCADE,
    chat_id text NOT NULL,
    lid text,
    phone text,
    ephemeral_s integer,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (session, chat_id)
);
CREATE INDEX wa_chat_phone ON bridge.wa_chat (session, phone) WHERE phone IS NOT NULL;
CREATE INDEX wa_chat_lid ON bridge.wa_chat (session, lid) WHERE lid IS NOT NULL;

CREATE TABLE bridge.wa_outbox (
    id bigserial PRIMARY KEY,
    session text NOT NULL REFERENCES bridge.wa_session ON DELETE CASCADE,
    idem_key text NOT NULL,
    body_hash text NOT NULL,
    message_id text NOT NULL,
    chat_id text NOT NULL,
    body bytea NOT NULL,           -- sealed
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'expired')),
    ack smallint NOT NULL DEFAULT 0,
    error text,
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    sent_at timestamptz,
    UNIQUE (session, idem_key),
    UNIQUE (session, message_id)
);
CREATE INDEX wa_outbox_waiting ON bridge.wa_outbox (session, id) WHERE state IN ('queued', 'sending');
CREATE INDEX wa_outbox_age ON bridge.wa_outbox (created_at);

-- What was sent, for the recipients' phones that ask for it once more.
CREATE TABLE bridge.wa_sent_proto (
    session text NOT NULL REFERENCES bridge.wa_session ON DELETE CASCADE,
    message_id text NOT NULL,
    proto bytea NOT NULL,          -- sealed
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (session, message_id)
);
CREATE INDEX wa_sent_proto_age ON bridge.wa_sent_proto (sent_at);

CREATE TABLE bridge.wa_media (
    id text PRIMARY KEY,
    session text NOT NULL REFERENCES bridge.wa_session ON DELETE CASCADE,
    mimetype text NOT NULL,
    filename text,
    content bytea,                 -- sealed; null once it has run out
    expires_at timestamptz NOT NULL
);
CREATE INDEX wa_media_age ON bridge.wa_media (expires_at);

CREATE TABLE bridge.wa_request (
    request_id text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
CREATE INDEX wa_request_age ON bridge.wa_request (seen_at);
