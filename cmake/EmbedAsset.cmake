# hubmeter_embed_asset(TARGET FOLDER): every file of FOLDER as bytes, `extern const unsigned char
# asset_<name>[]` and its size, declared in "<path of FOLDER from the top>/asset.h", so that a program
# serves what it was built with. style.css is asset_style_css. At build time this file runs itself as
# a script: cmake -DOUT=... -P EmbedAsset.cmake -- A.css ...
if(CMAKE_SCRIPT_MODE_FILE)
  set(header "/* Made of the files beside the sources. */\n#include <stddef.h>\n\n")
  set(source "#include \"${INCLUDE}\"\n")
  math(EXPR last "${CMAKE_ARGC} - 1")
  set(is_file FALSE)
  foreach(i RANGE 1 ${last})
    set(argument "${CMAKE_ARGV${i}}")
    if(is_file)
      get_filename_component(name "${argument}" NAME)
      string(MAKE_C_IDENTIFIER "asset_${name}" name)
      file(READ "${argument}" bytes HEX)
      string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
      string(APPEND header "extern const unsigned char ${name}[];\nextern const size_t ${name}_size;\n")
      string(APPEND source "\nconst unsigned char ${name}[] = {${bytes}};\n"
        "const size_t ${name}_size = sizeof(${name});\n")
    elseif(argument STREQUAL "--")
      set(is_file TRUE)
    endif()
  endforeach()
  file(WRITE "${OUT}.h" "${header}")
  file(WRITE "${OUT}.c" "${source}")
  return()
endif()

set(HUBMETER_EMBED_ASSET ${CMAKE_CURRENT_LIST_FILE})

function(hubmeter_embed_asset target folder)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR}
    OUTPUT_VARIABLE room)
  set(include ${room}/${folder}/asset.h)
  set(out ${CMAKE_BINARY_DIR}/generated/${room}/${folder}/asset)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.css ${folder}/*.js ${folder}/*.svg)
  add_custom_command(
    OUTPUT ${out}.c ${out}.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DINCLUDE=${include} -P ${HUBMETER_EMBED_ASSET} -- ${files}
    DEPENDS ${files} ${HUBMETER_EMBED_ASSET}
    VERBATIM)
  target_sources(${target} PRIVATE ${out}.c)
endfunction()
