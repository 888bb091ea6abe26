-- Who may use the facilitator that stands alone: a resource server each. The token itself is shown once and kept nowhere.
create table facilitator_tokens (
  id text primary key,
  name text not null,
  -- SHA-256 in hexadecimal. A token is 256 random bits, so nothing slower is needed.
  token_hash text not null unique,
  -- A devnet's own token may pay anyone; it counts on testnets only.
  any_pay_to boolean not null default false,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create unique index facilitator_tokens_name on facilitator_tokens (name) where revoked_at is null;

-- Where the money may go that a token settles.
create table facilitator_token_pay_to (
  token_id text not null references facilitator_tokens (id),
  network text not null,
  pay_to text not null,
  primary key (token_id, network, pay_to)
);

-- What a token's settlements may cost in gas, and what they came to in the window that runs: billionths of the network's
-- coin (gwei, lamports).
create table facilitator_token_gas (
  token_id text not null references facilitator_tokens (id),
  network text not null,
  -- Null: only the network's own bounds.
  per_day_nano int8,
  day_at timestamptz not null default '-infinity',
  day_nano int8 not null default 0,
  primary key (token_id, network)
);

-- Which token a settlement was queued by. That an authorization is queued once is the unique key of settlements.
create table facilitator_settlements (
  settlement_id text primary key references settlements (id),
  token_id text not null references facilitator_tokens (id),
  -- The resource server's own name for the request: with it a repeat is answered as the first was.
  idempotency_key text,
  body_hash text not null,
  created_at timestamptz not null default now(),
  unique (token_id, idempotency_key)
);
