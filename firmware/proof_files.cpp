#include "firmware/proof_files.hpp"

#include "base/file_layer.hpp"

#include <cstddef>

namespace firmware {

namespace {

constexpr std::size_t longest_pem = std::size_t{1024} * 1024;

base::Result<std::string> read(const std::string& file) {
    return base::PosixFileLayer().read(file, longest_pem);
}

}  // namespace

base::Result<std::vector<protocol::CertificateTime>> check_certificate_file(const std::string& file) {
    const auto text = read(file);
    if (!text) return text.error();
    auto certificates = protocol::read_certificates(*text);
    if (!certificates) return base::with_context(certificates.error(), file);
    return certificates;
}

base::Result<void> check_key_file(const std::string& file) {
    const auto text = base::read_secret(file, longest_pem);
    if (!text) return text.error();
    if (text->find("ENCRYPTED") != std::string::npos) {
        return base::Error{base::Errc::invalid_argument,
                           file +
                               " is encrypted, and nobody is there to be asked for its password; run: "
                               "openssl pkey -in " +
                               file + " -out FILE, and chmod 600 FILE"};
    }
    if (auto good = protocol::check_private_key(*text); !good) return base::with_context(good.error(), file);
    return {};
}

base::Result<void> check_pair(const std::string& certificate_file, const std::string& key_file) {
    const auto certificates = read(certificate_file);
    if (!certificates) return certificates.error();
    const auto key = read(key_file);
    if (!key) return key.error();
    if (protocol::belong_together(*certificates, *key)) return {};
    return base::Error{base::Errc::invalid_argument,
                       key_file + " is not the private key of the certificate in " + certificate_file +
                           "; the two that were made together are expected"};
}

base::Result<void> check_proof(const ProofFiles& files) {
    for (const std::string& file : {files.ca, files.certificate}) {
        if (file.empty()) continue;
        if (const auto good = check_certificate_file(file); !good) return good.error();
    }
    if (files.key.empty()) return {};
    if (auto good = check_key_file(files.key); !good) return good;
    if (files.certificate.empty()) return {};
    return check_pair(files.certificate, files.key);
}

}  // namespace firmware
