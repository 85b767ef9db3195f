#include "scheduler/hub/first_start.hpp"

#include "base/json.hpp"
#include "protocol/connection_string.hpp"
#include "scheduler/hub/certificates.hpp"
#include "scheduler/hub/file_lock.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace hub {

namespace {

namespace fs = std::filesystem;

base::Result<void> make_directory(const std::string& directory, const base::Log& log) {
    std::error_code error;
    if (fs::create_directories(directory, error)) {
        fs::permissions(directory, fs::perms::owner_all, error);
        log.notice("made", {{"what", "data directory"}, {"path", directory}});
    }
    if (error) {
        return base::Error{base::Errc::io, "data directory " + directory + " cannot be made (" +
                                               error.message() + "); choose another one with --data"};
    }
    if (access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        if (errno == EROFS) {
            return base::Error{base::Errc::permission_denied,
                               "data directory " + directory +
                                   " is on a disk that is read-only; make it writable, or choose another one "
                                   "with --data"};
        }
        return base::Error{base::Errc::permission_denied,
                           "data directory " + directory +
                               " is not writable for this user; run lockhub as its "
                               "owner, or choose another one with --data"};
    }
    struct stat status {};
    if (stat(directory.c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return base::Error{
            base::Errc::permission_denied,
            "data directory " + directory +
                ": others may write to it, and could put their keys in the place of the hub's; "
                "cure it with: chmod go-w " +
                directory};
    }
    return {};
}

// Whoever reads one of these files is the hub, or its owner; that it is of no use to this start makes it no
// less of a secret.
base::Result<void> check_secrets(const std::string& directory) {
    for (const char* name : {"/ca.key", "/server.key", "/lockctl.json"}) {
        const auto secret = base::read_secret(directory + name);
        if (!secret && secret.error().code == base::Errc::permission_denied) {
            return secret.error();
        }
    }
    return {};  // what else is wrong with a file is told by the one that needs it
}

std::string absolute(const std::string& path) {
    std::error_code error;
    const fs::path whole = fs::absolute(path, error);
    return error ? path : whole.lexically_normal().string();
}

}  // namespace

base::Result<void> prepare_directory(base::FileLayer& files, const std::string& directory,
                                     const Settings& settings, base::SystemTime now, const base::Log& log) {
    if (auto made = make_directory(directory, log); !made) {
        return made.error();
    }
    if (auto kept = check_secrets(directory); !kept) {
        return kept.error();
    }
    const auto lock = FileLock::take(directory + "/hub.db");  // a running hub's certificate stays as it is
    if (!lock) {
        return lock.error();
    }
    const auto certificates = ensure_certificates(files, directory, settings.certificate_names(), now);
    if (!certificates) {
        return certificates.error();
    }
    if (certificates->ca_made) {
        log.notice("made", {{"what", "certificate authority"}, {"file", directory + "/ca.pem"}});
    }
    if (certificates->server_made) {
        log.notice("made",
                   {{"what", "server certificate"},
                    {"file", directory + "/server.pem"},
                    {"reason", certificates->reason.empty() ? "there was none" : certificates->reason}});
    }
    return {};
}

base::Result<void> find_hub(const std::string& directory) {
    std::error_code error;
    if (fs::exists(directory + "/hub.db", error)) {
        return {};
    }
    if (error) {
        return base::Error{base::Errc::permission_denied, "data directory " + directory +
                                                              " cannot be looked into (" + error.message() +
                                                              "); run lockhub as its owner"};
    }
    return base::Error{base::Errc::not_found,
                       "there is no hub in " + directory +
                           "; lockhub init makes one, lockhub run makes and starts one, --data names another "
                           "directory"};
}

base::Result<std::unique_ptr<Database>> open_database(const std::string& directory) {
    return Database::open(directory + "/hub.db");
}

base::Result<void> prepare_access(base::FileLayer& files, const std::string& directory,
                                  const Settings& settings, Database& database, Policies& policies,
                                  const base::Log& log) {
    const bool made = policies.ensure_built_in();
    if (auto committed = database.commit_turn(); !committed) {
        return base::Error{committed.error().code,
                           "the database in " + directory + " failed: " + database.failure()};
    }
    if (made) {
        log.notice("made", {{"what", "shared access policies"}, {"file", directory + "/hub.db"}});
    }
    return write_connection_file(files, directory, settings, policies, log);
}

base::Result<void> write_connection_file(base::FileLayer& files, const std::string& directory,
                                         const Settings& settings, const Policies& policies,
                                         const base::Log& log) {
    const Policy* owner = policies.find("iothubowner");
    if (owner == nullptr) {
        return base::Error{base::Errc::internal,
                           "the database in " + directory + " has no policy iothubowner"};
    }
    const std::string path = directory + "/lockctl.json";
    const protocol::ServiceConnectionString connection{.host = settings.service_host(),
                                                       .port = settings.https_port,
                                                       .policy = owner->name,
                                                       .key = owner->keys.primary};
    const std::string text = base::Json::object({{"connectionString", protocol::to_text(connection)},
                                                 {"caFile", absolute(directory + "/ca.pem")}})
                                 .dump() +
                             "\n";
    const auto there = files.read(path, std::size_t{64} * 1024);
    if (there && *there == text) {
        return {};
    }
    if (auto written = base::replace_file(files, path, text, 0600); !written) {
        return written.error();
    }
    log.notice("made", {{"what", "connection file for lockctl"}, {"file", path}});
    return {};
}

}  // namespace hub
