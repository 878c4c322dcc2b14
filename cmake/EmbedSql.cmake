# hubmeter_embed_sql(TARGET FOLDER): every *.sql below FOLDER as `extern const char sql_<name>[]`, declared
# in "<path of FOLDER from the top>/sql.h", so that a statement over many lines is read and edited as
# SQL. At build time this file runs itself as a script: cmake -DOUT=... -P EmbedSql.cmake A.sql ...
if(CMAKE_SCRIPT_MODE_FILE)
  set(header "/* Made of the .sql files beside the sources. */\n")
  set(source "#include \"${INCLUDE}\"\n")
  math(EXPR last "${CMAKE_ARGC} - 1")
  set(is_file FALSE)
  foreach(i RANGE 1 ${last})
    set(argument "${CMAKE_ARGV${i}}")
    if(is_file)
      get_filename_component(name "${argument}" NAME_WE)
      file(READ "${argument}" text)
      string(REPLACE "\\" "\\\\" text "${text}")
      string(REPLACE "\"" "\\\"" text "${text}")
      string(REPLACE "\n" "\\n\"\n\t\"" text "${text}")
      string(APPEND header "extern const char sql_${name}[];\n")
      string(APPEND source "\nconst char sql_${name}[] =\n\t\"${text}\";\n")
    elseif(argument STREQUAL "--")
      set(is_file TRUE)
    endif()
  endforeach()
  file(WRITE "${OUT}.h" "${header}")
  file(WRITE "${OUT}.c" "${source}")
  return()
endif()

set(HUBMETER_EMBED_SQL ${CMAKE_CURRENT_LIST_FILE})

function(hubmeter_embed_sql target folder)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR}
    OUTPUT_VARIABLE room)
  set(include ${room}/${folder}/sql.h)
  set(out ${CMAKE_BINARY_DIR}/generated/${room}/${folder}/sql)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*.sql)
  add_custom_command(
    OUTPUT ${out}.c ${out}.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DINCLUDE=${include} -P ${HUBMETER_EMBED_SQL} -- ${files}
    DEPENDS ${files} ${HUBMETER_EMBED_SQL}
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.c)
endfunction()
