"""Products and decompositions of matrices."""
import torch


def matmul(a, b):
    return torch.matmul(a, b)


def linear(x, w, b):
    return torch.nn.functional.linear(x, w, b)


def linear_activation(x, w, b, activation):
    z = torch.nn.functional.linear(x, w, b)
    f = {"none": lambda v: v.clone(), "relu": torch.relu, "gelu": torch.nn.functional.gelu,
         "gelu_tanh": lambda v: torch.nn.functional.gelu(v, approximate="tanh"), "silu": torch.nn.functional.silu,
         "sigmoid": torch.sigmoid, "tanh": torch.tanh}[activation]
    return f(z), z


def solve(a, b):
    return torch.linalg.solve(a, b)


def triangular_solve(a, b, upper):
    return torch.linalg.solve_triangular(torch.triu(a) if upper else torch.tril(a), b, upper=upper)


def inv(a):
    return torch.linalg.inv(a)


def _minor(a, i, j):
    n = a.shape[-1]
    rows, columns = [k for k in range(n) if k != i], [k for k in range(n) if k != j]
    return a[..., rows, :][..., columns]


def _expanded(a):
    """The determinant by Laplace's expansion, which is differentiable at singular matrices too."""
    n = a.shape[-1]
    if n == 0:
        return torch.ones(a.shape[:-2], dtype=a.dtype)
    return sum((-1) ** j * a[..., 0, j] * _expanded(_minor(a, 0, j)) for j in range(n))


def det(a):
    is_singular = bool((torch.linalg.matrix_rank(a) < a.shape[-1]).any())
    return _expanded(a) if is_singular else torch.linalg.det(a)


def cofactor(a):
    """By definition: the signed minors."""
    n = range(a.shape[-1])
    return torch.stack([torch.stack([(-1) ** (i + j) * _expanded(_minor(a, i, j)) for j in n], -1) for i in n], -2)


def cofactor_derivative(a, x):
    """The gradient of <cofactor(a), x>: the derivative of a gradient is symmetric."""
    with torch.enable_grad():
        at = a if a.requires_grad else a.clone().requires_grad_()
        return torch.autograd.grad((cofactor(at) * x).sum(), at, create_graph=True)[0]


def slogdet(a):
    return tuple(torch.linalg.slogdet(a))


def _symmetric(a):
    return (a + a.mT) / 2


def cholesky(a):
    return torch.linalg.cholesky(_symmetric(a))


def qr(a):
    """With the signs that make the diagonal of R positive."""
    q, r = torch.linalg.qr(a)
    signs = torch.sign(torch.diagonal(r, dim1=-2, dim2=-1)).detach()
    return q * signs.unsqueeze(-2), signs.unsqueeze(-1) * r


def _orientation(vectors):
    """The signs that make the component of largest magnitude of each column positive."""
    at = vectors.abs().argmax(dim=-2, keepdim=True)
    return torch.sign(torch.gather(vectors, -2, at)).detach()


def eigh(a):
    """PyTorch's own derivative is refused for cotangents that turn complex phases; real vectors have none to turn."""
    values, vectors = torch.linalg.eigh(_symmetric(a))
    return values, vectors * _orientation(vectors)


def eigvalsh(a):
    return torch.linalg.eigvalsh(_symmetric(a))


def svd(a):
    u, s, vt = torch.linalg.svd(a, full_matrices=False)
    signs = _orientation(u)
    return u * signs, s, vt * signs.mT


def svdvals(a):
    return torch.linalg.svdvals(a)


def pinv(a, rcond):
    return torch.linalg.pinv(a, rtol=None if rcond < 0 else rcond)
