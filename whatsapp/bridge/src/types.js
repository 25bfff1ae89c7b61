/**
 * The words the modules share. Types only; nothing here runs.
 *
 * @typedef {'STOPPED' | 'STARTING' | 'SCAN_QR_CODE' | 'WORKING' | 'FAILED'} Status
 * @typedef {'logged_out' | 'forbidden' | 'replaced' | 'bad_session' | 'version' | 'qr_timeout'
 *   | 'retries_exhausted' | 'restricted_temp'} Reason
 * @typedef {'running' | 'stopped'} DesiredState
 *
 * @typedef {object} SessionConfig
 * @property {number} min_delay_ms least time between two sends
 * @property {number} max_per_minute
 * @property {boolean} mark_read whether what was delivered to the product is shown as read to the customer
 * @property {boolean} allow_new_chats whether the bridge may write to who never wrote to it
 * @property {null} proxy
 *
 * @typedef {{ id: string, lid: string | null, phone: string | null, push_name: string | null }} Me
 * @typedef {{ kind: 'reachout_timelock' | 'new_chat_cap', code: string | null, expires_at: string }} Restriction
 * @typedef {{ value: string, expires_at: string, n: number }} Qr
 *
 * @typedef {object} SessionRow
 * @property {string} name
 * @property {DesiredState} desired_state
 * @property {Status} status
 * @property {Reason | null} reason
 * @property {string} hook_url
 * @property {SessionConfig} config
 * @property {Me | null} me
 * @property {Restriction | null} restriction
 * @property {number} epoch
 * @property {Date | null} paired_at
 * @property {Date | null} last_event_at
 * @property {Date | null} last_inbound_at
 *
 * @typedef {'text' | 'image' | 'audio' | 'video' | 'document' | 'sticker' | 'location' | 'contact'
 *   | 'button_reply' | 'list_reply' | 'undecryptable' | 'unsupported'} MessageType
 *
 * @typedef {object} MediaFacts
 * @property {string | null} id null: not kept (too large, or it could not be fetched)
 * @property {string} mimetype
 * @property {string | null} filename
 * @property {number | null} bytes
 * @property {number | null} seconds
 *
 * @typedef {object} MessagePayload
 * @property {string} message_id
 * @property {string} chat_id
 * @property {string | null} lid
 * @property {string | null} phone E.164
 * @property {string | null} push_name
 * @property {boolean} from_me
 * @property {'contact' | 'phone' | 'bridge'} sent_by
 * @property {number} timestamp unix seconds
 * @property {MessageType} type
 * @property {string | null} text
 * @property {string | null} button_id
 * @property {string | null} quoted_id
 * @property {MediaFacts | null} media
 * @property {{ latitude: number, longitude: number, name: string | null, address: string | null } | null} location
 * @property {{ name: string, phones: string[] }[] | null} contacts
 * @property {boolean} backlog
 *
 * @typedef {object} Lease
 * @property {string} session
 * @property {string} worker
 * @property {number} fencing grows with every new holder
 */
export {};
