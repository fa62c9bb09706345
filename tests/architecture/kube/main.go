// Kubecheck knows what Kubernetes takes, without a cluster and without the network.
//
//	kubecheck schemas DIR   writes JSON schemas of the API, as kubeconform reads them, into DIR
//	kubecheck decode        reads manifests on standard input and decodes each strictly into its Go type
//
// The schemas come from the OpenAPI document that kustomize carries (requirements, formats), the types from
// k8s.io/api (fields of the newest API): a manifest has to please both.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	openapi "github.com/google/gnostic-models/openapiv2"
	yaml3 "go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/kyaml/openapi/kubernetesapi"
	sigsyaml "sigs.k8s.io/yaml"
)

// Groups of custom resources: the chart's tests have schemas of their own for these.
var custom = map[string]bool{"monitoring.coreos.com": true, "keda.sh": true}

type object = map[string]any

func main() {
	err := errors.New("usage: kubecheck schemas DIR | kubecheck decode")
	switch {
	case len(os.Args) == 3 && os.Args[1] == "schemas":
		err = schemas(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "decode":
		err = decode(os.Stdin)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// decode refuses unknown and doubled fields and values of a wrong type; it tells all that is wrong.
func decode(manifests io.Reader) error {
	strict := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	reader := yaml.NewYAMLReader(bufio.NewReader(manifests))
	var wrong []error
	for count := 0; ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			fmt.Println(count)
			return errors.Join(wrong...)
		}
		if err != nil {
			return err
		}
		var head struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		}
		if err := sigsyaml.Unmarshal(document, &head); err != nil {
			return fmt.Errorf("not YAML: %w\n%s", err, document)
		}
		if head.Kind == "" {
			continue
		}
		count++
		if custom[strings.Split(head.APIVersion, "/")[0]] {
			continue
		}
		if _, _, err := strict.Decode(document, nil, nil); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", head.Kind, err))
		}
	}
}

// schemas writes KIND-GROUP-VERSION.json for every top-level kind, with all that it refers to inside.
func schemas(dir string) error {
	document := &openapi.Document{}
	bundle := kubernetesapi.OpenAPIMustAsset[kubernetesapi.DefaultOpenAPI]
	name := "kubernetesapi/" + strings.ReplaceAll(kubernetesapi.DefaultOpenAPI, ".", "_") + "/swagger.pb"
	if err := proto.Unmarshal(bundle(name), document); err != nil {
		return err
	}
	definitions := object{}
	for _, named := range document.GetDefinitions().GetAdditionalProperties() {
		var definition object
		written, err := yaml3.Marshal(named.GetValue().ToRawInfo())
		if err != nil {
			return err
		}
		text, err := sigsyaml.YAMLToJSON(written)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &definition); err != nil {
			return err
		}
		definitions[named.GetName()] = closed(definition)
	}
	for name, definition := range definitions {
		kinds, _ := definition.(object)["x-kubernetes-group-version-kind"].([]any)
		for _, kind := range kinds {
			if err := write(dir, name, kind.(object), definitions); err != nil {
				return err
			}
		}
	}
	return nil
}

// closed refuses unknown fields, except where the API itself is open, and says what int-or-string means.
func closed(definition object) object {
	if definition["format"] == "int-or-string" {
		return object{"type": []string{"integer", "string"}}
	}
	if _, some := definition["properties"]; some {
		if _, open := definition["additionalProperties"]; !open {
			definition["additionalProperties"] = false
		}
	}
	return definition
}

func write(dir, name string, kind object, definitions object) error {
	group, version := kind["group"].(string), kind["version"].(string)
	file := strings.ToLower(kind["kind"].(string))
	for _, part := range []string{strings.Split(group, ".")[0], version} {
		if part != "" {
			file += "-" + strings.ToLower(part)
		}
	}
	used := object{}
	collect(definitions[name], definitions, used)
	schema := object{"$ref": "#/definitions/" + name, "definitions": used}
	used[name] = definitions[name]
	text, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, file+".json"), text, 0o644)
}

// collect gathers what a definition refers to.
func collect(node any, definitions, used object) {
	switch node := node.(type) {
	case object:
		if ref, ok := node["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/definitions/")
			if _, seen := used[name]; !seen {
				used[name] = definitions[name]
				collect(definitions[name], definitions, used)
			}
		}
		for _, value := range node {
			collect(value, definitions, used)
		}
	case []any:
		for _, value := range node {
			collect(value, definitions, used)
		}
	}
}
