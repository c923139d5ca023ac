#include "intake/csv_columns.h"

#include <algorithm>

#include "model/csv_table.h"

namespace crossguard::intake {
namespace {

struct Alias {
  std::string_view from;
  std::string_view to;
};
constexpr Alias kAliases[] = {{"accountid", "userid"},
                              {"additionalinfo", "notes"},
                              {"approximateage", "age"},
                              {"clientip", "ip"},
                              {"comments", "notes"},
                              {"companytemplate", "provider"},
                              {"cybertipreportid", "reportid"},
                              {"dateofbirth", "birthdate"},
                              {"datereceived", "received"},
                              {"datetime", "time"},
                              {"deviceid", "deviceids"},
                              {"displayname", "displaynames"},
                              {"dob", "birthdate"},
                              {"email", "emails"},
                              {"emailaddress", "emails"},
                              {"emailaddresses", "emails"},
                              {"escalatetohighpriority", "urgent"},
                              {"espidentifier", "userid"},
                              {"espname", "provider"},
                              {"espservice", "service"},
                              {"espuserid", "userid"},
                              {"eventname", "event"},
                              {"eventtime", "time"},
                              {"exifviewedbyesp", "exifviewed"},
                              {"exifviewedbyprovider", "exifviewed"},
                              {"fileannotations", "annotations"},
                              {"filerelevance", "relevance"},
                              {"fileviewedbyesp", "viewedbyprovider"},
                              {"groupidentifier", "group"},
                              {"incidentdatetime", "incidenttime"},
                              {"industryclassification", "classification"},
                              {"ipaddr", "ip"},
                              {"ipaddress", "ip"},
                              {"note", "notes"},
                              {"originalfilename", "originalname"},
                              {"phone", "phones"},
                              {"phonenumber", "phones"},
                              {"phonenumbers", "phones"},
                              {"possibleproxy", "proxy"},
                              {"priorctreports", "priorreports"},
                              {"priorreport", "priorreports"},
                              {"profilebio", "bio"},
                              {"profileurl", "profileurls"},
                              {"reportannotations", "annotations"},
                              {"reportnumber", "reportid"},
                              {"schoolname", "school"},
                              {"sourceip", "ip"},
                              {"sourceport", "port"},
                              {"timestamp", "time"},
                              {"uploadedat", "uploaded"},
                              {"uploadedtoesptimestamp", "uploaded"},
                              {"username", "screenname"},
                              {"viewedbyesp", "viewedbyprovider"}};

}  // namespace

std::string ColumnKey(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80)
      out += c;
  }
  const auto* const alias = std::ranges::find(kAliases, out, &Alias::from);
  return alias == std::end(kAliases) ? out : std::string(alias->to);
}

std::vector<std::string> HeaderKeys(std::string_view line) {
  std::vector<std::string> out;
  std::string name;
  bool quoted = false;
  char separator = '\0';
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == separator || (separator == '\0' && kCsvSeparators.find(c) != std::string_view::npos))) {
      separator = c;
      out.push_back(ColumnKey(name));
      name.clear();
    } else {
      name += c;
    }
  }
  out.push_back(ColumnKey(name));
  return out;
}

}  // namespace crossguard::intake
