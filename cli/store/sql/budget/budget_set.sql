-- $1 institution, $2 department, $3 fiscal year, $4 amount
SELECT format('%s %s: %s %s%s%s', $2, $3, after, currency,
              CASE WHEN before <> after THEN ', before ' || before ELSE '' END,
              coalesce(', delegated from ' || parent_unit, ''))
FROM budget.set_amount($1, $2, $3::integer, $4::numeric)
