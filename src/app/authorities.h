// Reads the one file that says who may receive what: config/authorities.toml. Into the register it goes by
// app/authority_desk.h, or by itself when a house is opened.
#pragma once

#include <string>

#include "base/bytes.h"
#include "env/files.h"
#include "model/authority.h"

namespace crossguard {

constexpr uint64_t kAuthoritiesSizeMaxBytes = 4 * 1024 * 1024;

// A book as its file says it, before its certificates have been placed: what the register keeps.
struct BookFile {
  AuthorityBook book;  // certificate_path as written; certificate_sha256 of what could be read
  Sha256 sha256;       // of the file
  std::string path;
};

// Strict: an unknown key, a duplicate id, a date that is none, a reference to an authority that is not there, a missing
// or empty list, an unknown self: each is refused with the line (kInvalid). A list that is missing never means "all".
// kNotFound, kDenied, kExhausted from reading.
Result<BookFile> ReadBookFile(Files& files, const std::string& path);
Result<BookFile> ParseBookFile(Files& files, const std::string& path, ByteView text);

// ReadBookFile, with the certificates placed in the file's folder.
Result<AuthorityBook> LoadAuthorities(Files& files, const std::string& path);
// The same from text, without fingerprints; `name` stands in messages, `folder` is what certificate paths are relative
// to.
Result<AuthorityBook> ParseAuthorities(std::string_view toml, const std::string& name, const std::string& folder);

// The file becomes `folder`/authorities.toml, and the certificates that it names by relative paths are copied to the
// same places there. `text` is the file's. kInvalid if such a path leads out of the file's folder.
Status InstallBookFile(Files& files, const BookFile& file, ByteView text, const std::string& folder);

// Joins each certificate's path to the folder; empty stays empty, an absolute one as it is.
void PlaceCertificates(const std::string& folder, AuthorityBook& book);
std::string FolderOf(const std::string& path);  // of a file

}  // namespace crossguard
