# Packages for Debian and its kin: `cmake --workflow --preset package`, then build/package/*.deb.
# What an install rule's COMPONENT says goes to the package of that name; without one, to the server's.
#
#   hubmeter-collector   what every node runs
#   hubmeter-server      aggregator, command line, pages
#   hubmeter-sql         schema and functions, which `hubmeter migrate` applies

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME hubmeter)
set(CPACK_PACKAGE_VENDOR hubmeter)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_COMPONENTS_ALL collector server sql)
set(CPACK_STRIP_FILES ON)
# Configuration is in /etc wherever the rest is.
set(CPACK_SET_DESTDIR ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "hubmeter contributors <hubmeter@localhost>")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(deb_version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})

# A user is made by whichever is there; without systemd, by the small one.
set(sysusers "systemd-standalone-sysusers | systemd")
set(directory ${CMAKE_BINARY_DIR}/packaging)

# hubmeter_package(component UNITS... CONFIGURATION... PRIVATE... STATE directory)
# makes the maintainer scripts. CONFIGURATION: names of files in /etc/hubmeter; PRIVATE: those of
# them that may hold passwords; STATE: what goes when the package is purged.
function(hubmeter_package component)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "STATE" "UNITS;CONFIGURATION;PRIVATE")
  set(package hubmeter-${component})
  list(JOIN arg_UNITS " " units)
  list(JOIN arg_PRIVATE " " private)
  set(state ${arg_STATE})
  set(extra ${directory}/${component}/conffiles)
  foreach(script postinst prerm postrm)
    configure_file(${CMAKE_SOURCE_DIR}/deploy/package/${script}.in
      ${directory}/${component}/${script} @ONLY)
    list(APPEND extra ${directory}/${component}/${script})
  endforeach()
  list(TRANSFORM arg_CONFIGURATION PREPEND /etc/hubmeter/ OUTPUT_VARIABLE conffiles)
  list(JOIN conffiles "\n" conffiles)
  file(CONFIGURE OUTPUT ${directory}/${component}/conffiles CONTENT "${conffiles}\n" @ONLY)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${extra}" PARENT_SCOPE)

  # Not by a plain `cmake --install`: under another prefix it would still write to /etc.
  list(TRANSFORM arg_CONFIGURATION PREPEND ${CMAKE_SOURCE_DIR}/deploy/)
  install(FILES ${arg_CONFIGURATION} DESTINATION /etc/hubmeter COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES ${CMAKE_SOURCE_DIR}/deploy/package/hubmeter.sysusers RENAME ${package}.conf
    DESTINATION lib/sysusers.d COMPONENT ${component})
endfunction()

hubmeter_package(collector STATE /var/lib/hubmeter
  UNITS hubmeter-collector.service
  CONFIGURATION hubmeter-collector.conf PRIVATE hubmeter-collector.conf)
hubmeter_package(server
  UNITS hubmeter-aggregator.service hubmeter-rate.service hubmeter-dashboard.service
    hubmeter-admission.service hubmeter-alerts.service hubmeter-metrics.timer
  CONFIGURATION hubmeter.conf hubmeter-aggregator.conf hubmeter-dashboard.conf
  PRIVATE hubmeter-aggregator.conf hubmeter-dashboard.conf)

set(CPACK_DEBIAN_COLLECTOR_DESCRIPTION "meters the servers of a JupyterHub
Samples the CPU, memory and time that each person's server uses on this
machine and sends it to Apache Kafka. Nothing is started before it is
configured and enabled.")
set(CPACK_DEBIAN_SERVER_DESCRIPTION "adds usage of JupyterHubs up and says who pays
The aggregator (Kafka to PostgreSQL), the command line that prices and
reports, and the pages. Nothing is started before it is configured and
enabled.")
set(CPACK_DEBIAN_SQL_DESCRIPTION "schema and functions of hubmeter's database
What \"hubmeter migrate\" applies: tables, rating, funding, reports.")
foreach(component COLLECTOR SERVER SQL)
  string(TOLOWER ${component} name)
  set(package hubmeter-${name})
  set(CPACK_DEBIAN_${component}_PACKAGE_NAME ${package})
  set(CPACK_DEBIAN_${component}_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_${component}_PACKAGE_SHLIBDEPS ON)
  install(FILES ${CMAKE_SOURCE_DIR}/LICENSE RENAME copyright
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${name} EXCLUDE_FROM_ALL)
endforeach()
# The unit reloads by /bin/kill.
set(CPACK_DEBIAN_COLLECTOR_PACKAGE_DEPENDS "${sysusers}, procps")
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "${sysusers}, hubmeter-sql (= ${deb_version})")
set(CPACK_DEBIAN_COLLECTOR_PACKAGE_RECOMMENDS ca-certificates)
# What metrics_listen loads, by the name that this distribution has for it.
execute_process(COMMAND dpkg-query --search ${LIBMICROHTTPD_FILE}
  OUTPUT_VARIABLE owner ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(owner MATCHES "^([^:]+):")
  set(CPACK_DEBIAN_COLLECTOR_PACKAGE_SUGGESTS ${CMAKE_MATCH_1})
endif()
# libpq asks for the name of the user that a unit made up, unless it is told one.
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS "ca-certificates, libnss-systemd")
set(CPACK_DEBIAN_SQL_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_SQL_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SQL_PACKAGE_SECTION database)
set(CPACK_DEBIAN_SQL_PACKAGE_SUGGESTS "postgresql (>= 15)")

include(CPack)
