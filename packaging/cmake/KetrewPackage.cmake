# The Debian package that packaging/package makes: everything that `cmake --install` installs.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Ketrew developers <ketrew@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "keeps track of long-running jobs")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A daemon starts jobs through backends (local processes, ssh, Slurm, PBS, LSF,
 Grid Engine, YARN, or one of the user's own), remembers them in SQLite, and
 watches them until each has an outcome; a client submits and shows them.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openssh-client, python3")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, libexpected-dev, nlohmann-json3-dev")  # to write backends
include(CPack)
