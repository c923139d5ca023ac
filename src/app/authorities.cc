#include "app/authorities.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "custody/acts.h"

namespace crossguard {
namespace {

constexpr std::string_view kFormat = "crossguard-authorities/1";
constexpr size_t kListItemsMax = 64;
constexpr size_t kTextMaxBytes = 1000;
constexpr size_t kTablesMax = 100'000;  // authorities, gateways and officers, each

constexpr std::string_view kAuthorityKinds[] = {"eu_member_state", "third_country", "international_organisation",
                                                "eu_body"};
constexpr std::string_view kPurposes[] = {"cross_check", "strategic_analysis", "operational_analysis",
                                          "facilitate_exchange"};
constexpr std::string_view kDataKinds[] = {"selectors", "referral", "evidence", "files"};

bool IsIdText(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// One table of the file: each key is asked for once; what nobody asked for is an unknown key.
class Reader {
 public:
  Reader(const toml::table& table, const std::string& file, std::string what)
      : table_(table), file_(file), what_(std::move(what)) {}

  std::unexpected<Error> Refuse(const toml::node* node, const std::string& sentence) const {
    const auto line = (node != nullptr ? node->source() : table_.source()).begin.line;
    return Fail(Code::kInvalid, file_ + ", line " + std::to_string(line) + ": " + sentence);
  }

  const toml::node* Take(std::string_view key) {
    taken_.insert(std::string(key));
    return table_.get(key);
  }

  Result<std::string> Text(std::string_view key, bool may_be_empty = false) {
    const toml::node* node = Take(key);
    const auto value = node == nullptr ? std::nullopt : node->value_exact<std::string>();
    if (!value) return Refuse(node, what_ + " needs '" + std::string(key) + "' as a text in quotes.");
    if (value->empty() && !may_be_empty) return Refuse(node, "'" + std::string(key) + "' is empty; give a text.");
    if (value->size() > kTextMaxBytes)
      return Refuse(node, "'" + std::string(key) + "' is longer than 1000 bytes; shorten it.");
    const bool one_line = std::all_of(value->begin(), value->end(),
                                      [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
    if (!one_line) return Refuse(node, "'" + std::string(key) + "' holds a control character; write it as one line.");
    return *value;
  }

  Result<std::string> IdText(std::string_view key) {
    const std::string text = TRY(Text(key));
    if (!IsIdText(text))
      return Refuse(table_.get(key), "'" + std::string(key) + "' must be an id: a-z, 0-9 and '-', at most 64.");
    return text;
  }

  Result<bool> Flag(std::string_view key) {
    const toml::node* node = Take(key);
    const auto value = node == nullptr ? std::nullopt : node->value_exact<bool>();
    if (!value) return Refuse(node, what_ + " needs '" + std::string(key) + "' as true or false.");
    return *value;
  }

  // A list is there and is not empty: a missing one never means "all". `allowed` empty: any text.
  Result<std::vector<std::string>> List(std::string_view key, std::span<const std::string_view> allowed = {}) {
    const toml::node* node = Take(key);
    const toml::array* array = node == nullptr ? nullptr : node->as_array();
    if (array == nullptr || array->empty()) {
      return Refuse(node, what_ + " needs '" + std::string(key) +
                              "' as a list with at least one text; a missing list does not mean all.");
    }
    if (array->size() > kListItemsMax) return Refuse(node, "'" + std::string(key) + "' has more than 64 items.");
    std::vector<std::string> out;
    for (const toml::node& item : *array) {
      const auto text = item.value_exact<std::string>();
      if (!text || text->empty() || text->size() > kTextMaxBytes)
        return Refuse(&item, "'" + std::string(key) + "' must hold texts in quotes.");
      if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
        return Refuse(&item, "'" + *text + "' is not a word that '" + std::string(key) + "' knows.");
      }
      if (std::find(out.begin(), out.end(), *text) != out.end())
        return Refuse(&item, "'" + *text + "' stands twice in '" + std::string(key) + "'.");
      out.push_back(*text);
    }
    return out;
  }

  // "2022-03-01" or a TOML date: the start of that day, UTC.
  Result<Instant> Date(std::string_view key) {
    const toml::node* node = Take(key);
    std::optional<std::string> text = node == nullptr ? std::nullopt : node->value_exact<std::string>();
    if (node != nullptr && node->is_date()) {
      char buffer[16];
      const toml::date date = node->as_date()->get();
      std::snprintf(buffer, sizeof buffer, "%04u-%02u-%02u", unsigned{date.year}, unsigned{date.month},
                    unsigned{date.day});
      text = buffer;
    }
    const auto instant = text && text->size() == 10 ? ParseInstant(*text + "T00:00:00Z") : Fail(Code::kInvalid, "");
    if (!instant) return Refuse(node, what_ + " needs '" + std::string(key) + "' as a date like \"2022-03-01\".");
    return *instant;
  }

  Status Done() const {
    for (const auto& [key, node] : table_) {
      if (!taken_.contains(key.str()))
        return Refuse(&node,
                      "'" + std::string(key.str()) + "' is not a key that " + what_ + " knows; remove or correct it.");
    }
    return {};
  }

  bool Has(std::string_view key) const { return table_.contains(key); }

 private:
  const toml::table& table_;
  const std::string& file_;
  std::string what_;
  std::set<std::string, std::less<>> taken_;
};

Result<Authority> ReadAuthority(Reader& reader, const std::string& folder) {
  Authority out;
  out.id = TRY(reader.IdText("id"));
  out.name = TRY(reader.Text("name"));
  out.kind = TRY(reader.Text("kind"));
  if (std::find(std::begin(kAuthorityKinds), std::end(kAuthorityKinds), out.kind) == std::end(kAuthorityKinds)) {
    return reader.Refuse(reader.Take("kind"),
                         "'" + out.kind + "' is not a kind of authority; use one of those in the head of the example.");
  }
  out.country = TRY(reader.Text("country", true));
  const bool organisation = out.kind == "international_organisation" || out.kind == "eu_body";
  const bool two_letters = out.country.size() == 2 && std::all_of(out.country.begin(), out.country.end(),
                                                                  [](char c) { return c >= 'A' && c <= 'Z'; });
  if (organisation ? !out.country.empty() : !two_letters) {
    return reader.Refuse(reader.Take("country"), organisation ? "an organisation has no country; write country = \"\"."
                                                              : "'country' must be two capital letters (ISO 3166-1).");
  }
  out.units = TRY(reader.List("units"));
  out.contact = TRY(reader.Text("contact"));
  out.languages = TRY(reader.List("languages"));
  out.certificate_path = TRY(reader.Text("certificate", true));
  if (!out.certificate_path.empty())
    out.certificate_path = (std::filesystem::path(folder) / out.certificate_path).string();
  out.single_point_of_contact = TRY(reader.Flag("single_point_of_contact"));
  return out;
}

Result<Gateway> ReadGateway(Reader& reader) {
  Gateway out;
  out.id = TRY(reader.IdText("id"));
  out.from = TRY(reader.IdText("from"));
  out.to = TRY(reader.IdText("to"));
  if (out.from == out.to) return reader.Refuse(reader.Take("to"), "a gateway leads from one authority to another.");
  out.purposes = TRY(reader.List("purposes", kPurposes));
  out.data_kinds = TRY(reader.List("data_kinds", kDataKinds));
  out.valid_from = TRY(reader.Date("valid_from"));
  if (reader.Has("valid_until")) {
    out.valid_until = TRY(reader.Date("valid_until"));
    if (*out.valid_until <= out.valid_from)
      return reader.Refuse(reader.Take("valid_until"), "'valid_until' must be later than 'valid_from'.");
  }
  out.legal_reference = TRY(reader.Text("legal_reference"));
  out.conditions = TRY(reader.Text("conditions", true));
  return out;
}

Result<Officer> ReadOfficer(Reader& reader) {
  Officer out;
  out.id = TRY(reader.IdText("id"));
  out.roles = TRY(reader.List("roles"));
  for (const std::string& role : out.roles) {
    if (!RoleFromText(role))
      return reader.Refuse(reader.Take("roles"), "'" + role + "' is not a role; see src/custody/acts.h.");
  }
  return out;
}

// Walks [[name]] tables; each is read by `read`, then held against unknown keys and duplicate ids.
template <class T, class Read>
Status ReadAll(Reader& root, const std::string& file, std::string_view name, std::vector<T>& out, const Read& read) {
  const toml::node* node = root.Take(name);
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  if (array == nullptr || array->empty())
    return root.Refuse(node, "the file needs at least one [[" + std::string(name) + "]].");
  if (array->size() > kTablesMax) return root.Refuse(node, "there are more than 100000 [[" + std::string(name) + "]].");
  std::set<std::string> ids;
  for (const toml::node& item : *array) {
    if (!item.is_table()) return root.Refuse(&item, "write each one as [[" + std::string(name) + "]].");
    Reader reader(*item.as_table(), file, "[[" + std::string(name) + "]]");
    T value = TRY(read(reader));
    TRY(reader.Done());
    if (!ids.insert(value.id).second)
      return reader.Refuse(item.as_table()->get("id"), "the id '" + value.id + "' stands twice; ids are unique.");
    out.push_back(std::move(value));
  }
  return {};
}

}  // namespace

Result<AuthorityBook> ParseAuthorities(std::string_view toml, const std::string& name, const std::string& folder) {
  toml::table table;
  try {
    table = toml::parse(toml, name);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInvalid, name + ", line " + std::to_string(error.source().begin.line) + ": " +
                                    std::string(error.description()) + ".");
  }
  AuthorityBook book;
  Reader root(table, name, "the file");
  if (TRY(root.Text("format")) != kFormat) {
    return root.Refuse(table.get("format"),
                       "'format' must be \"" + std::string(kFormat) + "\"; this crossguard reads no other.");
  }
  book.self = TRY(root.IdText("self"));
  if (table.contains("example")) book.example = TRY(root.Flag("example"));
  TRY(ReadAll(root, name, "authority", book.authorities,
              [&](Reader& reader) { return ReadAuthority(reader, folder); }));
  TRY(ReadAll(root, name, "gateway", book.gateways, [](Reader& reader) { return ReadGateway(reader); }));
  TRY(ReadAll(root, name, "officer", book.officers, [](Reader& reader) { return ReadOfficer(reader); }));
  TRY(root.Done());

  if (book.Find(book.self) == nullptr)
    return root.Refuse(table.get("self"), "'" + book.self + "' is no [[authority]] of this file.");
  const toml::array& gateways = *table.get("gateway")->as_array();
  for (size_t i = 0; i < book.gateways.size(); ++i) {
    for (const auto& [key, id] :
         {std::pair<const char*, const std::string&>("from", book.gateways[i].from), {"to", book.gateways[i].to}}) {
      if (book.Find(id) == nullptr)
        return root.Refuse(gateways[i].as_table()->get(key), "'" + id + "' is no [[authority]] of this file.");
    }
  }
  // Where a country has several authorities, exactly one must be named as its point of contact: no package by accident.
  const toml::array& authorities = *table.get("authority")->as_array();
  for (size_t i = 0; i < book.authorities.size(); ++i) {
    const std::string& country = book.authorities[i].country;
    if (country.empty()) continue;
    const auto points = std::count_if(book.authorities.begin(), book.authorities.end(), [&](const Authority& one) {
      return one.country == country && one.single_point_of_contact;
    });
    if (points != 1) {
      return root.Refuse(&authorities[i], country + " has " + std::to_string(points) +
                                              " authorities with single_point_of_contact = true; give it exactly one.");
    }
  }
  return book;
}

Result<AuthorityBook> LoadAuthorities(Files& files, const std::string& path) {
  const Bytes text = TRY(files.ReadWhole(path, kAuthoritiesSizeMaxBytes));
  if (!IsUtf8(AsText(text))) return Fail(Code::kInvalid, path + " is not UTF-8; save it as UTF-8.");
  return ParseAuthorities(AsText(text), path, std::filesystem::path(path).parent_path().string());
}

}  // namespace crossguard
