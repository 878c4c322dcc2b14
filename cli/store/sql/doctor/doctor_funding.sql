SELECT count(*), coalesce(to_char(min(first_day), 'YYYY-MM'), '') FROM fund.waiting()
