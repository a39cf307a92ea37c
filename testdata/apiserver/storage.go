package apiserver

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metainternalversion "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
)

// namespaces are there from the start; they change only in what their watchers hear.
type namespaces struct {
	rest.TableConvertor
	events *watch.Broadcaster
	latest atomic.Int64 // resource version
}

func newNamespaces() *namespaces {
	return &namespaces{TableConvertor: rest.NewDefaultTableConvertor(corev1.Resource("namespaces")),
		events: watch.NewBroadcaster(100, watch.WaitIfChannelFull)}
}

func (*namespaces) New() runtime.Object     { return &corev1.Namespace{} }
func (*namespaces) NewList() runtime.Object { return &corev1.NamespaceList{} }
func (*namespaces) Destroy()                {}
func (*namespaces) NamespaceScoped() bool   { return false }
func (*namespaces) GetSingularName() string { return "namespace" }

func (n *namespaces) namespace(name string) corev1.Namespace {
	return corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: n.version()},
		Status: corev1.NamespaceStatus{Phase: corev1.NamespaceActive}}
}

func (n *namespaces) version() string { return strconv.FormatInt(n.latest.Load()+1, 10) }

func (n *namespaces) List(context.Context, *metainternalversion.ListOptions) (runtime.Object, error) {
	return &corev1.NamespaceList{ListMeta: metav1.ListMeta{ResourceVersion: n.version()},
		Items: []corev1.Namespace{n.namespace("default"), n.namespace("kube-system")}}, nil
}

func (n *namespaces) Watch(context.Context, *metainternalversion.ListOptions) (watch.Interface, error) {
	return n.events.Watch()
}

func (n *namespaces) touch(name string) error {
	n.latest.Add(1)
	changed := n.namespace(name)
	return n.events.Action(watch.Modified, &changed)
}

// secrets are none. Helm looks for its releases among them.
type secrets struct{}

func (secrets) New() runtime.Object     { return &corev1.Secret{} }
func (secrets) NewList() runtime.Object { return &corev1.SecretList{} }
func (secrets) Destroy()                {}
func (secrets) NamespaceScoped() bool   { return true }
func (secrets) GetSingularName() string { return "secret" }

func (secrets) List(context.Context, *metainternalversion.ListOptions) (runtime.Object, error) {
	return &corev1.SecretList{ListMeta: metav1.ListMeta{ResourceVersion: "1"}}, nil
}

func (secrets) ConvertToTable(ctx context.Context, object, options runtime.Object) (*metav1.Table, error) {
	return rest.NewDefaultTableConvertor(corev1.Resource("secrets")).ConvertToTable(ctx, object, options)
}

// reviews answer whoever asks with what the authenticator made of them.
type reviews struct{}

func (reviews) New() runtime.Object     { return &authenticationv1.SelfSubjectReview{} }
func (reviews) Destroy()                {}
func (reviews) NamespaceScoped() bool   { return false }
func (reviews) GetSingularName() string { return "selfsubjectreview" }

func (reviews) Create(ctx context.Context, _ runtime.Object, _ rest.ValidateObjectFunc, _ *metav1.CreateOptions) (runtime.Object, error) {
	user, ok := request.UserFrom(ctx)
	if !ok {
		return nil, apierrors.NewInternalError(errors.New("no user in the request"))
	}
	extra := map[string]authenticationv1.ExtraValue{}
	for key, values := range user.GetExtra() {
		extra[key] = values
	}
	return &authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{
		Username: user.GetName(), UID: user.GetUID(), Groups: user.GetGroups(), Extra: extra}}}, nil
}

// accessReviews answer what the authorizer would. K9s asks before it shows anything.
type accessReviews struct {
	authorizer.UnconditionalAuthorizer
}

func (accessReviews) New() runtime.Object     { return &authorizationv1.SelfSubjectAccessReview{} }
func (accessReviews) Destroy()                {}
func (accessReviews) NamespaceScoped() bool   { return false }
func (accessReviews) GetSingularName() string { return "selfsubjectaccessreview" }

func (a accessReviews) Create(ctx context.Context, object runtime.Object, _ rest.ValidateObjectFunc, _ *metav1.CreateOptions) (runtime.Object, error) {
	user, ok := request.UserFrom(ctx)
	if !ok {
		return nil, apierrors.NewInternalError(errors.New("no user in the request"))
	}
	review := object.(*authorizationv1.SelfSubjectAccessReview)
	asked := authorizer.AttributesRecord{User: user}
	if of := review.Spec.ResourceAttributes; of != nil {
		asked.ResourceRequest = true
		asked.Verb, asked.Namespace, asked.Name = of.Verb, of.Namespace, of.Name
		asked.APIGroup, asked.APIVersion, asked.Resource, asked.Subresource = of.Group, of.Version, of.Resource, of.Subresource
	} else if of := review.Spec.NonResourceAttributes; of != nil {
		asked.Verb, asked.Path = of.Verb, of.Path
	}
	decision, reason, err := a.Authorize(ctx, asked)
	if err != nil {
		return nil, err
	}
	review.Status = authorizationv1.SubjectAccessReviewStatus{Allowed: decision == authorizer.DecisionAllow, Reason: reason}
	return review, nil
}
