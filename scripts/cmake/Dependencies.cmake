# SPDX-License-Identifier: Apache-2.0
find_package(Threads REQUIRED)
find_package(TBB CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(tl-expected CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)  # the page's cookies are signed
find_package(prometheus-cpp CONFIG REQUIRED)  # only core is linked; its version is known to pkg-config alone
find_package(Boost REQUIRED)  # Asio and Beast: headers only
find_package(PkgConfig REQUIRED)
pkg_check_modules(PROMETHEUS_CPP REQUIRED prometheus-cpp-core)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_path(CONCURRENTQUEUE_INCLUDE_DIR concurrentqueue/blockingconcurrentqueue.h REQUIRED)

# Debian packages below are headers of others: SYSTEM, so that our warnings do not judge them.
add_library(orc_concurrentqueue INTERFACE)
target_include_directories(orc_concurrentqueue SYSTEM INTERFACE ${CONCURRENTQUEUE_INCLUDE_DIR})
