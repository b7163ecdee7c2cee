QUESTION = "05.6"
# torch.nn.GRU(4, 6): weight_ih, weight_hh, bias_ih, bias_hh
ANSWER = 18 * 4 + 18 * 6 + 18 + 18
MISTAKE = "second-bias"
