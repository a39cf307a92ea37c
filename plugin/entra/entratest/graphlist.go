package entratest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// graphRefusal is an answer 400 of Graph.
type graphRefusal struct{ code, message string }

func badQuery(format string, args ...any) *graphRefusal {
	return &graphRefusal{"BadRequest", fmt.Sprintf(format, args...)}
}

// graphOption is a query option, whose name may do without its dollar sign and be in any case.
// https://learn.microsoft.com/graph/query-parameters
func graphOption(req *http.Request, name string) string {
	for key, values := range req.URL.Query() {
		if strings.EqualFold(strings.TrimPrefix(key, "$"), name) {
			return values[0]
		}
	}
	return ""
}

// advanced says whether a request takes an answer that may be a little behind, as searching and counting need it.
// https://learn.microsoft.com/graph/aad-advanced-queries
func advanced(req *http.Request) bool { return req.Header.Get("ConsistencyLevel") == "eventual" }

// selectFrom keeps the properties that $select names; those of OData stay.
func selectFrom(req *http.Request, kind string, objects []map[string]any) *graphRefusal {
	names := graphOption(req, "select")
	if names == "" {
		return nil
	}
	selected := strings.Split(names, ",")
	for i, name := range selected {
		selected[i] = strings.TrimSpace(name)
		if len(objects) > 0 {
			if _, ok := objects[0][selected[i]]; !ok {
				return badQuery("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", selected[i], kind)
			}
		}
	}
	for _, o := range objects {
		maps.DeleteFunc(o, func(name string, _ any) bool {
			return !strings.HasPrefix(name, "@") && !slices.Contains(selected, name)
		})
	}
	return nil
}

// condition matches the filters that are known: a comparison with a text, or a function of a property and a text.
var condition = regexp.MustCompile(`^(?:(\w+) (eq|ne) '((?:[^']|'')*)'|(?i:(startswith|endswith))\((\w+), ?'((?:[^']|'')*)'\))$`)

// filter keeps the objects that $filter and $search mean.
func filter(req *http.Request, objects []map[string]any) ([]map[string]any, *graphRefusal) {
	if search := graphOption(req, "search"); search != "" {
		if !advanced(req) {
			return nil, &graphRefusal{"Request_UnsupportedQuery", "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"}
		}
		name, word, _ := strings.Cut(strings.Trim(search, `"`), ":")
		return slices.DeleteFunc(objects, func(o map[string]any) bool { return !strings.HasPrefix(lower(o[name]), strings.ToLower(word)) }), nil
	}
	wanted := graphOption(req, "filter")
	if wanted == "" {
		return objects, nil
	}
	m := condition.FindStringSubmatch(wanted)
	if m == nil {
		return nil, badQuery("Invalid filter clause: Syntax error in '%s'.", wanted)
	}
	name, operator := m[1]+m[5], strings.ToLower(m[2]+m[4])
	value := strings.ToLower(strings.ReplaceAll(m[3]+m[6], "''", "'"))
	if (operator == "ne" || operator == "endswith") && (!advanced(req) || graphOption(req, "count") != "true") {
		return nil, &graphRefusal{"Request_UnsupportedQuery", "The operator is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header."}
	}
	for _, o := range objects {
		if _, ok := o[name]; !ok {
			return nil, badQuery("Invalid filter clause: Could not find a property named '%s'.", name)
		}
	}
	return slices.DeleteFunc(objects, func(o map[string]any) bool {
		has := lower(o[name])
		return !map[string]bool{"eq": has == value, "ne": has != value, "startswith": strings.HasPrefix(has, value), "endswith": strings.HasSuffix(has, value)}[operator]
	}), nil
}

func lower(value any) string {
	s, _ := value.(string)
	return strings.ToLower(s)
}

// writeList answers with a page of objects of a kind: $top of them, or 100, from $skiptoken on.
func (s *Server) writeList(w http.ResponseWriter, req *http.Request, entity, kind string, objects []map[string]any) {
	top, err := 100, error(nil)
	if given := graphOption(req, "top"); given != "" {
		top, err = strconv.Atoi(given)
	}
	skip, _ := strconv.Atoi(graphOption(req, "skiptoken"))
	wrong := (*graphRefusal)(nil)
	if err != nil || top < 1 || top > 999 || skip < 0 {
		wrong = badQuery("Invalid value specified for property '$top' of resource '%s'.", kind)
	}
	if wrong == nil {
		objects, wrong = filter(req, objects)
	}
	count := len(objects)
	if wrong == nil {
		wrong = selectFrom(req, kind, objects)
	}
	if wrong != nil {
		writeGraphError(w, req, http.StatusBadRequest, wrong.code, wrong.message)
		return
	}
	skip = min(skip, count)
	end := min(skip+top, count)
	page := map[string]any{"@odata.context": s.metadata(req, entity), "value": objects[skip:end]}
	if graphOption(req, "count") == "true" && advanced(req) {
		page["@odata.count"] = count
	}
	if end < count {
		next := req.URL.Query()
		next.Del("skiptoken")
		next.Set("$skiptoken", strconv.Itoa(end))
		next.Set("$top", strconv.Itoa(top))
		page["@odata.nextLink"] = s.URL + req.URL.Path + "?" + strings.ReplaceAll(next.Encode(), "%24", "$")
	}
	writeJSON(w, http.StatusOK, page)
}

// writeEntity answers with one object.
func (s *Server) writeEntity(w http.ResponseWriter, req *http.Request, entity string, o map[string]any) {
	if wrong := selectFrom(req, "user", []map[string]any{o}); wrong != nil {
		writeGraphError(w, req, http.StatusBadRequest, wrong.code, wrong.message)
		return
	}
	o["@odata.context"] = s.metadata(req, entity+"/$entity")
	writeJSON(w, http.StatusOK, o)
}

func (s *Server) metadata(req *http.Request, entity string) string {
	version, _, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	return s.URL + "/" + version + "/$metadata#" + entity
}

// serveMemberOf lists the groups of the caller. Without a permission to read groups they have an ID and nothing else:
// https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects
func (s *Server) serveMemberOf(w http.ResponseWriter, req *http.Request) {
	c, ok := s.graphCaller(w, req, "User.Read", readGroups)
	if !ok {
		return
	}
	var groups []map[string]any
	for _, name := range s.groupNames(c.user, c.tenant) {
		group := map[string]any{"@odata.type": "#microsoft.graph.group", "id": GroupID(c.tenant.id, name), "displayName": name,
			"description": nil, "mail": nil, "mailEnabled": false, "securityEnabled": true}
		if !slices.Contains(c.permissions, readGroups) {
			for property := range group {
				if property != "id" && property != "@odata.type" {
					group[property] = nil
				}
			}
		}
		groups = append(groups, group)
	}
	s.writeList(w, req, "directoryObjects", "directoryObject", groups)
}

const readGroups = "GroupMember.Read.All"

// serveUser answers with one user of the tenant, by name or ID, or says how many there are.
func (s *Server) serveUser(w http.ResponseWriter, req *http.Request) {
	c, ok := s.graphCaller(w, req, "User.ReadBasic.All")
	if !ok {
		return
	}
	wanted, err := url.PathUnescape(req.PathValue("user"))
	all := people(c.tenant)
	i := slices.IndexFunc(all, func(o map[string]any) bool {
		return o["id"] == wanted || lower(o["userPrincipalName"]) == strings.ToLower(wanted)
	})
	switch {
	case wanted == "$count" && advanced(req):
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, len(all))
	case wanted == "$count":
		writeGraphError(w, req, http.StatusBadRequest, "Request_BadRequest", "$count is not currently supported.")
	case err != nil || i < 0:
		writeGraphError(w, req, http.StatusNotFound, "Request_ResourceNotFound",
			fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", wanted))
	default:
		s.writeEntity(w, req, "users", all[i])
	}
}

// serveNoSegment is for what Graph has no resource of.
func (s *Server) serveNoSegment(w http.ResponseWriter, req *http.Request) {
	if _, ok := s.graphCaller(w, req); ok {
		writeGraphError(w, req, http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+req.PathValue("segment")+"'.")
	}
}
