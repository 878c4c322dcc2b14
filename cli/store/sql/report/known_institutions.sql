SELECT string_agg(institution, ', ' ORDER BY institution)
FROM (SELECT institution FROM report.institution
      WHERE institution !~ '^\('
      ORDER BY institution LIMIT 20) AS known
