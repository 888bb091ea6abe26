-- What a workspace's members decide in the browser. Columns are named, so that a row stays what and whose it is.

-- Where money goes: a workspace may say it once for a network. It may not change or remove it; the command line may.
grant insert (workspace_id, network, pay_to) on workspace_networks to postern_workspace;
grant insert (workspace_id, operation, price_atomic), update (price_atomic), delete on workspace_prices
  to postern_workspace;
grant update (calls_per_minute, actions_per_day, amount_per_day_atomic) on workspace_caps to postern_workspace;
grant update (known_after_purchases, trusted_after_approvals, trusted_approved_percent, trusted_strike_free_days,
  waiting_proposals_of_new, refund_after_seconds, refund_per_day_wallet_atomic, refund_per_day_workspace_atomic)
  on workspace_policies to postern_workspace;
grant update (name) on workspaces to postern_workspace;
