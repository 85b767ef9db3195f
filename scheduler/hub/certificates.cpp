#include "scheduler/hub/certificates.hpp"

#include "scheduler/hub/x509.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace hub {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::chrono::hours day{24};
constexpr std::chrono::hours ca_life = day * 3652;
constexpr std::chrono::hours server_life = day * 730;
constexpr std::chrono::hours renew_before = day * 30;
constexpr std::size_t most_pem = std::size_t{256} * 1024;

// The file's text, or nothing if there is none.
Result<std::optional<std::string>> read_if_there(base::FileLayer& files, const std::string& path) {
    auto text = files.read(path, most_pem);
    if (text) return std::optional<std::string>(std::move(*text));
    if (text.error().code == Errc::not_found) return std::optional<std::string>();
    return std::move(text).error();
}

struct Paths {
    std::string certificate;
    std::string key;
};

struct Stored {
    std::optional<std::string> certificate;
    std::optional<std::string> key;
};

Result<Stored> load(base::FileLayer& files, const Paths& paths) {
    auto certificate = read_if_there(files, paths.certificate);
    if (!certificate) return std::move(certificate).error();
    auto key = read_if_there(files, paths.key);
    if (!key) return std::move(key).error();
    return Stored{std::move(*certificate), std::move(*key)};
}

// The key first: a certificate without its key would be of no use, a key without its certificate is noticed.
Result<void> store(base::FileLayer& files, const Paths& paths, const Certificate& made) {
    auto key = base::replace_file(files, paths.key, made.key, 0600);
    if (!key) return key;
    return base::replace_file(files, paths.certificate, made.certificate, 0644);
}

Error unreadable(const Error& why, const std::string& path, const std::string& cure) {
    return {why.code, path + " " + why.message + "; " + cure};
}

std::string restore_ca(const Paths& paths) {
    return "put it back from a backup, or remove " + paths.certificate + " and " + paths.key +
           " to begin with a new CA that every client must be given";
}

// Why a server certificate has to be made; nothing if the one that is there will do.
Result<std::optional<std::string>> reason_to_renew(const Stored& server, const std::string& ca,
                                                   const std::vector<std::string>& names, const Paths& paths,
                                                   const Paths& ca_paths, base::SystemTime now) {
    const auto authority = read_certificate(ca);
    if (!authority) return unreadable(authority.error(), ca_paths.certificate, restore_ca(ca_paths));
    if (!server.certificate || !server.key) return std::optional<std::string>("");
    const std::string renew =
        "remove " + paths.certificate + " and " + paths.key + ", and lockhub makes new ones";
    const auto certificate = read_certificate(*server.certificate);
    if (!certificate) return unreadable(certificate.error(), paths.certificate, renew);
    const auto key = read_private_key(*server.key);
    if (!key) return unreadable(key.error(), paths.key, renew);

    if (!belongs_to_key(**certificate, **key))
        return std::optional<std::string>("it was not made for its key");
    if (!is_signed_by(**certificate, **authority)) {
        return std::optional<std::string>("it was not signed by the CA");
    }
    if (not_after(**certificate) < now + renew_before) {
        return std::optional<std::string>("it ends within 30 days");
    }
    for (const auto& name : names) {
        if (!is_certificate_for(**certificate, name))
            return std::optional<std::string>("it is not for " + name);
    }
    return std::optional<std::string>();
}

}  // namespace

Result<Certificate> make_ca(const std::string& common_name, base::SystemTime now) {
    return make_certificate({.common_name = common_name, .not_before = now - day, .not_after = now + ca_life},
                            nullptr);
}

Result<Certificate> make_server_certificate(const Certificate& ca, const std::vector<std::string>& names,
                                            base::SystemTime now) {
    if (names.empty())
        return Error{Errc::invalid_argument, "a server certificate needs at least one host name"};
    return make_certificate(
        {.common_name = "lockhub", .names = names, .not_before = now - day, .not_after = now + server_life},
        &ca);
}

Result<std::string> thumbprint_of(std::string_view pem) {
    const auto certificate = read_certificate(pem);
    if (!certificate) return certificate.error();
    return thumbprint(**certificate, EVP_sha256());
}

base::Result<base::SystemTime> end_of(std::string_view pem) {
    const auto certificate = read_certificate(pem);
    if (!certificate) return certificate.error();
    return not_after(**certificate);
}

Result<EnsuredCertificates> ensure_certificates(base::FileLayer& files, const std::string& directory,
                                                const std::vector<std::string>& names, base::SystemTime now) {
    const Paths ca_paths{directory + "/ca.pem", directory + "/ca.key"};
    const Paths server_paths{directory + "/server.pem", directory + "/server.key"};
    EnsuredCertificates done;

    auto ca = load(files, ca_paths);
    if (!ca) return std::move(ca).error();
    if (!ca->certificate && ca->key) {
        return Error{Errc::conflict,
                     ca_paths.certificate +
                         " is missing but its key is there: put it back from a backup, or remove " +
                         ca_paths.key + " to begin with a new CA that every client must be given"};
    }
    if (!ca->certificate) {
        auto made = make_ca("lockhub CA", now);
        if (!made) return std::move(made).error();
        auto stored = store(files, ca_paths, *made);
        if (!stored) return std::move(stored).error();
        ca = Stored{std::move(made->certificate), std::move(made->key)};
        done.ca_made = true;
    }

    const auto server = load(files, server_paths);
    if (!server) return server.error();
    auto reason = reason_to_renew(*server, *ca->certificate, names, server_paths, ca_paths, now);
    if (!reason) return std::move(reason).error();
    if (!*reason) return done;

    if (!ca->key) {
        return Error{Errc::not_found, "the server certificate has to be made" +
                                          (reason->value().empty() ? std::string() : " (" + **reason + ")") +
                                          ", but " + ca_paths.key + " is not there to sign it"};
    }
    if (const auto key = read_private_key(*ca->key); !key) {
        return unreadable(key.error(), ca_paths.key, restore_ca(ca_paths));
    }
    const auto made = make_server_certificate({*ca->certificate, *ca->key}, names, now);
    if (!made) return base::with_context(made.error(), directory);
    auto stored = store(files, server_paths, *made);
    if (!stored) return std::move(stored).error();
    done.server_made = true;
    done.reason = std::move(**reason);
    return done;
}

}  // namespace hub
