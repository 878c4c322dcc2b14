# Every library hubmeter stands on, its oldest version that is known to work, and the Debian
# package that brings it. deploy/local/packages installs them all.
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "pkg-config is missing: install the Debian package pkg-config")
endif()

function(hubmeter_require target module version package)
  pkg_check_modules(${target} QUIET IMPORTED_TARGET ${module}>=${version})
  if(NOT ${target}_FOUND)
    message(FATAL_ERROR
      "${module} >= ${version} is missing: install the Debian package ${package} "
      "(deploy/local/packages build installs everything)")
  endif()
endfunction()

hubmeter_require(RDKAFKA rdkafka 2.0.2 librdkafka-dev)
hubmeter_require(LIBPQ libpq 15 libpq-dev)
hubmeter_require(PROTOBUF_C libprotobuf-c 1.4.1 libprotobuf-c-dev)
hubmeter_require(LIBUV libuv 1.44 libuv1-dev)
hubmeter_require(ZLIB zlib 1.2 zlib1g-dev)
hubmeter_require(YAJL yajl 2.1.0 libyajl-dev)
hubmeter_require(JANSSON jansson 2.13 libjansson-dev)
hubmeter_require(LIBCURL libcurl 7.85 libcurl4-openssl-dev)
hubmeter_require(LIBZIP libzip 1.7.3 libzip-dev)
hubmeter_require(LIBCRYPTO libcrypto 3.0 libssl-dev)
hubmeter_require(LIBMICROHTTPD libmicrohttpd 0.9.75 libmicrohttpd-dev)
if(BUILD_TESTING OR NOT DEFINED BUILD_TESTING)
  hubmeter_require(CMOCKA cmocka 1.1.5 libcmocka-dev)
endif()

# libcsv ships no pkg-config file.
find_path(LIBCSV_INCLUDE_DIR csv.h)
find_library(LIBCSV_LIBRARY csv)
if(NOT LIBCSV_INCLUDE_DIR OR NOT LIBCSV_LIBRARY)
  message(FATAL_ERROR "libcsv is missing: install the Debian package libcsv-dev")
endif()
add_library(libcsv INTERFACE)
target_include_directories(libcsv INTERFACE ${LIBCSV_INCLUDE_DIR})
target_link_libraries(libcsv INTERFACE ${LIBCSV_LIBRARY})

find_program(PROTOC_C NAMES protoc-c)
if(NOT PROTOC_C)
  message(FATAL_ERROR "protoc-c is missing: install the Debian package protobuf-c-compiler")
endif()
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
