-- $1 alert, $2 status of the answer, 0: none
UPDATE budget.alert
SET attempts = attempts + 1, http_status = nullif($2::smallint, 0),
    delivered_at = CASE WHEN $2::smallint BETWEEN 200 AND 299 THEN clock_timestamp() END
WHERE alert_id = $1::bigint
