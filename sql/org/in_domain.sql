CREATE FUNCTION org.in_domain(username text, domain text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN strpos(username, '@') > 0
       AND right('.' || lower(split_part(username, '@', -1)), length(domain) + 1) = '.' || domain;
COMMENT ON FUNCTION org.in_domain(text, text) IS 'Is the user name an e-mail address of the domain or a subdomain of it?';

GRANT EXECUTE ON FUNCTION org.in_domain(text, text) TO hm_rater;
