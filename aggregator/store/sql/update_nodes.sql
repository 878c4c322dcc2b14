UPDATE usage.node AS t SET last_window_end = s.last_window_end
FROM pg_temp.stage_node AS s
JOIN pg_temp.known_node AS k ON k.number = s.number
WHERE t.node_id = k.node_id AND t.last_window_end < s.last_window_end
