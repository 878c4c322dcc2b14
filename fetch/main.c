/* Fetches one URL over HTTPS for hubmeter-collector, which links no TLS. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/http/http.h"
#include "fetch/fetch.h"
#include "hubmeter/version.h"

#define PROGRAM	   "hubmeter-fetch"
#define EXIT_USAGE 2

static const struct option options[] = {
	{"token-file", required_argument, NULL, 't'},
	{"no-links", no_argument, NULL, 'n'},
	{"ca-file", required_argument, NULL, 'c'},
	{"accept", required_argument, NULL, 'a'},
	{"insecure", no_argument, NULL, 'k'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"Usage: " PROGRAM " [OPTION]... URL\n"
	"Fetch URL and write the answer to standard output.\n"
	"\n"
	"  --token-file FILE  show the token in FILE, over HTTPS alone\n"
	"  --no-links         refuse that file if it is a symbolic link\n"
	"  --ca-file FILE     certificates that may vouch for the server, instead of this machine's\n"
	"  --accept TYPE      ask for this kind of answer\n"
	"  --insecure         believe whoever answers\n"
	"  --help             print this and exit\n"
	"  --version          print the version and exit\n"
	"\n"
	"Exit status: 0, 1 something failed here, 2 a wrong option, 3 no answer, 4 a status that is "
	"not 200.\n";

static int refuse(void)
{
	fputs("Try " PROGRAM " --help\n", stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct fetch_request request = {0};
	char error[FETCH_ERROR_SIZE];
	enum fetch_result result;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 't':
			request.token_file = optarg;
			break;
		case 'c':
			request.ca_file = optarg;
			break;
		case 'n':
			request.no_links = true;
			break;
		case 'a':
			request.accept = optarg;
			break;
		case 'k':
			request.is_insecure = true;
			break;
		case 'h':
			return fputs(help, stdout) < 0 || fflush(stdout) ? EXIT_FAILURE : 0;
		case 'v':
			printf(PROGRAM " " HUBMETER_VERSION "\n%s\n", http_library());
			return fflush(stdout) ? EXIT_FAILURE : 0;
		default:
			return refuse();
		}
	}
	if (optind + 1 != argc)
		return refuse();
	request.url = argv[optind];
	result = fetch(&request, STDOUT_FILENO, error);
	if (result != FETCH_OK)
		(void)fprintf(stderr, "%s\n", error); /* nobody else is left to be told */
	return (int)result;
}
