-- $1 hub, $2 user name, $3 server, $4 reason
SELECT fund.release_server($1, $2, $3, $4)::integer
