-- greatest() passes over null: imported usage leaves last_observed alone.
UPDATE usage.node AS t
   SET last_window_end = greatest(t.last_window_end, s.last_window_end),
       last_observed = greatest(t.last_observed, s.last_observed)
FROM pg_temp.stage_node AS s
JOIN pg_temp.known_node AS k ON k.number = s.number
WHERE t.node_id = k.node_id
  AND (t.last_window_end < s.last_window_end
       OR coalesce(t.last_observed, '-infinity') < s.last_observed)
