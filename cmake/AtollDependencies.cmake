# Third-party libraries, each as one imported target. What they are for is said in README.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece)
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)

if(ATOLL_DESKTOP)
  pkg_check_modules(ffmpeg REQUIRED IMPORTED_TARGET libavcodec libavformat libavutil libswscale)
  pkg_check_modules(turbojpeg REQUIRED IMPORTED_TARGET libturbojpeg)
  pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
  pkg_check_modules(sdl2 REQUIRED IMPORTED_TARGET sdl2)
  # xcb and not Xlib: its errors belong to one connection and one request, where Xlib's handlers are the whole
  # process's, and a lost display is a return code, where Xlib ends the process.
  pkg_check_modules(xcb REQUIRED IMPORTED_TARGET xcb xcb-shm xcb-composite xcb-damage xcb-xtest xcb-xinput xcb-res xcb-xfixes)
  # Wayland: the desktop's portal and its pictures.
  pkg_check_modules(pipewire REQUIRED IMPORTED_TARGET libpipewire-0.3)
  pkg_check_modules(dbus REQUIRED IMPORTED_TARGET dbus-1)
  pkg_check_modules(wayland REQUIRED IMPORTED_TARGET wayland-client)  # of tests only
  # Only two modules of OpenCV; its own CMake package would want all of them installed.
  add_library(atoll_opencv INTERFACE)
  target_include_directories(atoll_opencv SYSTEM INTERFACE /usr/include/opencv4)
  target_link_libraries(atoll_opencv INTERFACE opencv_imgproc opencv_core)
endif()

# The Python environment that tools/setup.sh makes: LibTorch, and the independent readers that tests use.
if(DEFINED ENV{ATOLL_HOME})
  set(atoll_home $ENV{ATOLL_HOME})
elseif(DEFINED ENV{XDG_DATA_HOME})
  set(atoll_home $ENV{XDG_DATA_HOME}/atoll)
else()
  set(atoll_home $ENV{HOME}/.local/share/atoll)
endif()
# Not cached: who configures before tools/setup.sh has made it, and again afterwards, must not keep the system's.
find_program(ATOLL_PYTHON NAMES python python3 PATHS ${atoll_home}/venv/bin NO_DEFAULT_PATH NO_CACHE)
find_program(ATOLL_PYTHON NAMES python3 REQUIRED NO_CACHE)

if(ATOLL_TORCH)
  if(NOT ATOLL_TORCH_DIR)
    execute_process(COMMAND ${ATOLL_PYTHON} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
                    OUTPUT_VARIABLE torch_dir OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE torch_missing ERROR_QUIET)
    if(torch_missing)
      message(FATAL_ERROR "LibTorch is missing: ${ATOLL_PYTHON} has no package torch. Run tools/setup.sh, or set ATOLL_TORCH_DIR, or build without it: -DATOLL_TORCH=OFF")
    endif()
    set(ATOLL_TORCH_DIR ${torch_dir} CACHE PATH "Folder of the torch package, with include/ and lib/")
  endif()
  message(STATUS "LibTorch: ${ATOLL_TORCH_DIR}")
  add_library(atoll_torch INTERFACE)
  # The wheel also ships headers of other libraries, its own fmt among them, which would win over the system's: show the
  # compiler LibTorch's own folders only.
  set(torch_include ${PROJECT_BINARY_DIR}/torch_include)
  file(MAKE_DIRECTORY ${torch_include})
  foreach(folder ATen c10 caffe2 torch)
    file(CREATE_LINK ${ATOLL_TORCH_DIR}/include/${folder} ${torch_include}/${folder} SYMBOLIC)
  endforeach()
  target_include_directories(atoll_torch SYSTEM INTERFACE ${torch_include} ${torch_include}/torch/csrc/api/include)
  target_link_libraries(atoll_torch INTERFACE ${ATOLL_TORCH_DIR}/lib/libtorch_cpu.so ${ATOLL_TORCH_DIR}/lib/libc10.so)
  # Tensor operators (ATen/TensorOperators.h) then pull in no more than they need: 2 s a source instead of 9 s.
  target_compile_definitions(atoll_torch INTERFACE AT_PER_OPERATOR_HEADERS)
  # The wheel's libraries name their CUDA parts by paths relative to themselves; the linker need not follow them.
  target_link_options(atoll_torch INTERFACE -Wl,--allow-shlib-undefined -Wl,-rpath,${ATOLL_TORCH_DIR}/lib)
  if(ATOLL_CUDA)
    # LibTorch's CUDA headers include the toolkit's, which come with the wheels that torch brings.
    find_path(cuda_include cuda_runtime_api.h PATHS ${ATOLL_TORCH_DIR}/../nvidia/cu13/include /usr/local/cuda/include
              NO_DEFAULT_PATH NO_CACHE REQUIRED)
    find_library(cudart NAMES libcudart.so.13 cudart PATHS ${ATOLL_TORCH_DIR}/../nvidia/cu13/lib /usr/local/cuda/lib64
                 NO_DEFAULT_PATH NO_CACHE REQUIRED)
    target_include_directories(atoll_torch SYSTEM INTERFACE ${cuda_include})
    target_link_libraries(atoll_torch INTERFACE ${cudart})
    target_link_options(atoll_torch INTERFACE -Wl,--no-as-needed ${ATOLL_TORCH_DIR}/lib/libtorch_cuda.so
                        ${ATOLL_TORCH_DIR}/lib/libc10_cuda.so -Wl,--as-needed)
  endif()
endif()
