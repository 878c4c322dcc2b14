# Files that become part of a program. At build time this file runs itself as a script:
# cmake -DOUT=... -DINCLUDE=... -DKIND=... -P Embed.cmake -- FILE...
#
# hubmeter_embed_sql(TARGET FOLDER): every *.sql below FOLDER as `extern const char sql_<name>[]`, declared
# in "<path of FOLDER from the top>/sql.h", so that a statement over many lines is read and edited as SQL.
#
# hubmeter_embed_asset(TARGET FOLDER): every style sheet, script and picture in FOLDER as `extern const
# unsigned char asset_<name>[]` and its size, declared in ".../asset.h": style.css is asset_style_css.
function(hubmeter_embedded_sql file header source)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n\t\"" text "${text}")
  set(${header} "extern const char sql_${name}[];\n" PARENT_SCOPE)
  set(${source} "\nconst char sql_${name}[] =\n\t\"${text}\";\n" PARENT_SCOPE)
endfunction()

function(hubmeter_embedded_asset file header source)
  get_filename_component(name "${file}" NAME)
  string(MAKE_C_IDENTIFIER "asset_${name}" name)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  set(${header} "extern const unsigned char ${name}[];\nextern const size_t ${name}_size;\n" PARENT_SCOPE)
  set(${source} "\nconst unsigned char ${name}[] = {${bytes}};\nconst size_t ${name}_size = sizeof(${name});\n"
    PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  set(header "/* Made of the files beside the sources. */\n#include <stddef.h>\n\n")
  set(source "#include \"${INCLUDE}\"\n")
  math(EXPR last "${CMAKE_ARGC} - 1")
  set(is_file FALSE)
  foreach(i RANGE 1 ${last})
    set(argument "${CMAKE_ARGV${i}}")
    if(is_file)
      cmake_language(CALL hubmeter_embedded_${KIND} "${argument}" declared defined)
      string(APPEND header "${declared}")
      string(APPEND source "${defined}")
    elseif(argument STREQUAL "--")
      set(is_file TRUE)
    endif()
  endforeach()
  file(WRITE "${OUT}.h" "${header}")
  file(WRITE "${OUT}.c" "${source}")
  return()
endif()

set(HUBMETER_EMBED ${CMAKE_CURRENT_LIST_FILE})

function(hubmeter_embed target folder kind)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE room)
  set(out ${CMAKE_BINARY_DIR}/generated/${room}/${folder}/${kind})
  add_custom_command(
    OUTPUT ${out}.c ${out}.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DINCLUDE=${room}/${folder}/${kind}.h -DKIND=${kind}
      -P ${HUBMETER_EMBED} -- ${ARGN}
    DEPENDS ${ARGN} ${HUBMETER_EMBED}
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.c)
endfunction()

function(hubmeter_embed_sql target folder)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*.sql)
  hubmeter_embed(${target} ${folder} sql ${files})
endfunction()

function(hubmeter_embed_asset target folder)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.css ${folder}/*.js ${folder}/*.svg)
  hubmeter_embed(${target} ${folder} asset ${files})
endfunction()
