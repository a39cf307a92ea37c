package apiserver

import (
	"errors"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metainternalversion "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// newScheme knows the types that are served. The internal ones, which objects are decoded to, are in no module: the
// versioned ones stand for them.
func newScheme() (*runtime.Scheme, serializer.CodecFactory) {
	scheme := runtime.NewScheme()
	err := errors.Join(corev1.AddToScheme(scheme), authenticationv1.AddToScheme(scheme), authorizationv1.AddToScheme(scheme),
		metainternalversion.AddToScheme(scheme))
	if err != nil {
		panic(err) // the same types each time: a mistake in this file
	}
	scheme.AddKnownTypes(schema.GroupVersion{Version: runtime.APIVersionInternal},
		&corev1.Namespace{}, &corev1.NamespaceList{}, &corev1.Secret{}, &corev1.SecretList{})
	scheme.AddKnownTypes(schema.GroupVersion{Group: authenticationv1.GroupName, Version: runtime.APIVersionInternal},
		&authenticationv1.SelfSubjectReview{})
	scheme.AddKnownTypes(schema.GroupVersion{Group: authorizationv1.GroupName, Version: runtime.APIVersionInternal},
		&authorizationv1.SelfSubjectAccessReview{})
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	scheme.AddUnversionedTypes(schema.GroupVersion{Version: "v1"},
		&metav1.Status{}, &metav1.APIVersions{}, &metav1.APIGroupList{}, &metav1.APIGroup{}, &metav1.APIResourceList{})
	return scheme, serializer.NewCodecFactory(scheme)
}

// openAPI describes every type as an object and no more, which is all that reading needs.
func openAPI(scheme *runtime.Scheme) *common.OpenAPIV3Config {
	definitions := func(common.ReferenceCallback) map[string]common.OpenAPIDefinition {
		all := map[string]common.OpenAPIDefinition{}
		for kind := range scheme.AllKnownTypes() {
			if object, err := scheme.New(kind); err == nil {
				all[util.GetCanonicalTypeName(object)] = common.OpenAPIDefinition{
					Schema: spec.Schema{SchemaProps: spec.SchemaProps{Type: []string{"object"}}}}
			}
		}
		return all
	}
	return genericapiserver.DefaultOpenAPIV3Config(definitions, openapi.NewDefinitionNamer(scheme))
}

// install adds the resources.
func (s *Server) install(generic *genericapiserver.GenericAPIServer) error {
	scheme, codecs := newScheme()
	parameters := runtime.NewParameterCodec(scheme)
	core := genericapiserver.NewDefaultAPIGroupInfo("", scheme, parameters, codecs)
	core.PrioritizedVersions = []schema.GroupVersion{corev1.SchemeGroupVersion}
	core.VersionedResourcesStorageMap["v1"] = map[string]rest.Storage{"namespaces": s.namespaces, "secrets": secrets{}}
	authentication := genericapiserver.NewDefaultAPIGroupInfo(authenticationv1.GroupName, scheme, parameters, codecs)
	authentication.PrioritizedVersions = []schema.GroupVersion{authenticationv1.SchemeGroupVersion}
	authentication.VersionedResourcesStorageMap["v1"] = map[string]rest.Storage{"selfsubjectreviews": reviews{}}
	authorization := genericapiserver.NewDefaultAPIGroupInfo(authorizationv1.GroupName, scheme, parameters, codecs)
	authorization.PrioritizedVersions = []schema.GroupVersion{authorizationv1.SchemeGroupVersion}
	authorization.VersionedResourcesStorageMap["v1"] = map[string]rest.Storage{"selfsubjectaccessreviews": accessReviews{generic.Authorizer}}
	if err := generic.InstallLegacyAPIGroup(genericapiserver.DefaultLegacyAPIPrefix, &core); err != nil {
		return err
	}
	return generic.InstallAPIGroups(&authentication, &authorization)
}
